// Fields that choose what a list shows. Each calls `change({name: value})`, "" for any; those of
// `addressed` keep their values in the page's address by themselves.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { withQuery } from "./api.js";
import { localMinute, readMoment } from "./credentials.js";
import { icon } from "./icons.js";
import { note, parameter } from "./routing.js";
import { choices } from "./shell.js";

const TYPED = 250; // ms that nobody typed, until it is looked for what they typed
const HEALTH = ["healthy", "degraded", "unhealthy"];

/** What a check can find of a connection, as `[[code, word], …]`. */
export const healthChoices = () => choices("standing").filter(([code]) => HEALTH.includes(code));

/** A select of `[[code, word], …]`; `any` says that it does not choose, such as `Any status`. */
export const choice = (name, label, any, options, filters, change) => html`
  <select name=${name} aria-label=${label} @change=${(event) => change({ [name]: event.target.value })}>
    ${[["", any], ...options].map(([code, text]) =>
      html`<option value=${code} .selected=${live(code === (filters[name] ?? ""))}>${text}</option>`)}</select>`;

// The year is typed digit by digit: with a first moment those before the last one are not valid.
const FIRST = "2000-01-01T00:00";
const LAST = "9999-12-31T23:59";

const moment = (name, label, filters, change) => html`
  <label class="inline-field"><span>${label}</span>
    <input type="datetime-local" name=${name} min=${FIRST} max=${LAST} .value=${shown(filters[name])}
      @change=${({ target }) => target.validity.valid && change({ [name]: readMoment(target.value) ?? "" })}></label>`;

const shown = (iso) => (Number.isNaN(Date.parse(iso ?? "")) ? "" : localMinute(iso));

/** Two moments in the person's zone, kept as the API takes them. */
export const momentsBetween = (filters, change) =>
  html`${moment("from", "From", filters, change)} ${moment("to", "To", filters, change)}`;

/** Which checks: by status, outcome, cause and type. */
export const checkChoices = (filters, change) => html`
  ${choice("status", "Status", "Any status", healthChoices(), filters, change)}
  ${choice("outcome", "Result", "Any result", choices("outcome"), filters, change)}
  ${choice("failureCause", "Cause", "Any cause", choices("cause"), filters, change)}
  ${choice("checkType", "Type", "Any type", choices("checkType"), filters, change)}`;

/** A button, where there is something to clear. */
export const clearFilters = (filters, clear) =>
  Object.values(filters).some(Boolean)
    ? html`<button type="button" class="button quiet" @click=${clear}>${icon("x")}Clear filters</button>`
    : nothing;

/** A link to a file with all that the filters choose. */
export const csvLink = (path, filters, text = "CSV") => html`
  <a class="button small" href=${withQuery(`/api/v1${path}`, { ...filters, format: "csv" })}
    download>${icon("download")}${text}</a>`;

/** Whether one of these filters is set in the address. */
export const isFiltered = (names) => names.some((name) => parameter(name));

/**
 * Fields whose values live in the page's address; `refresh` loads the list anew. `set` changes
 * several from elsewhere: `{name: value}`, null for none.
 */
export function addressed(refresh) {
  let timer = null;
  const look = () => {
    clearTimeout(timer);
    refresh();
  };
  const set = (changes) => {
    note({ ...changes, cursor: null });
    look();
  };
  const type = ({ target }) => {
    note({ [target.name]: target.value, cursor: null });
    clearTimeout(timer);
    timer = setTimeout(look, TYPED);
  };
  const press = (event) => event.key === "Enter" && look();

  const search = ({ name = "search", label, shape = "search", most = 200 }) => html`
    <div class="search ${name}">${icon(shape)}<input type="search" name=${name} aria-label=${label} placeholder=${label}
      maxlength=${most} autocomplete="off" spellcheck="false" .value=${live(parameter(name) ?? "")}
      @input=${type} @keydown=${press}></div>`;
  const select = (name, label, any, options) =>
    choice(name, label, any, options, { [name]: parameter(name) }, set);

  return { set, search, select };
}
