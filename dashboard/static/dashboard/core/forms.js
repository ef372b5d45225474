// Fields that say what is wrong with them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";

/**
 * Messages by field's name, from an API error: nested ones as `auth.type`. What is wrong with the
 * items of a list is the list's, with the number of each.
 */
export function errorsOf(error) {
  const found = {};
  const walk = (details, path) => {
    if (isOfOne(details)) found[path] = said(details);
    else
      for (const [name, inner] of Object.entries(details))
        walk(inner, path ? `${path}.${name}` : name);
  };
  walk(error?.details ?? {}, "");
  return found;
}

const isNumber = (name) => /^\d+$/.test(name);

/** Whether these are the messages of one field: not an object of several by their names. */
const isOfOne = (details) =>
  typeof details !== "object" || Array.isArray(details) || Object.keys(details).some(isNumber);

/** Messages as one text: `["Too long."]`, those of items as `{1: ["Too long."]}`. */
function said(details) {
  if (typeof details !== "object") return String(details);
  const texts = Object.entries(details).map(([name, inner]) => {
    const text = said(inner);
    if (!text || typeof inner !== "object") return text;
    return `${isNumber(name) ? `No. ${Number(name) + 1}` : name}: ${text}`;
  });
  return texts.filter(Boolean).join(" ");
}

/** What is wrong with the form as a whole; of its fields, that they say it. */
export const formError = (error) => {
  if (!error) return nothing;
  const isOfFields = error.status === 400 && Object.keys(error.details).length;
  return html`<p class="notice bad" role="alert" tabindex="-1">
    ${isOfFields ? "Look at what is marked below." : error.message}</p>`;
};

/** Lead the person to what is wrong: the first field of it, or what is said of the whole. */
export const focusError = (form) =>
  (form.querySelector("[aria-invalid=true]") ?? form.querySelector("[role=alert]"))?.focus();

/**
 * A labelled input. `name` is the field's, `value` what it holds, `error` what is wrong with it;
 * `choices` makes it a select (`[[code, word], …]`), `rows` a textarea, `beside` stands at its end;
 * other properties are the input's.
 */
export function field(options) {
  const { name, label, help = null, error = null, optional = false, beside = null } = options;
  const id = options.id ?? `field-${name}`;
  const notes = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}${optional ? html` <span class="muted">(optional)</span>` : nothing}</label>
    ${beside
      ? html`<div class="beside">${control({ ...options, id, notes })}${beside}</div>`
      : control({ ...options, id, notes })}
    ${help ? html`<small id="${id}-help" class="muted">${help}</small>` : nothing}
    ${error ? html`<small id="${id}-error" class="field-error">${error}</small>` : nothing}
  </div>`;
}

function control(options) {
  const { id, name, value = "", notes, error, required = false, disabled = false } = options;
  const invalid = error ? "true" : nothing;
  const input = options.onInput ?? (() => {});
  if (options.choices)
    return html`<select id=${id} name=${name} ?required=${required} ?disabled=${disabled}
      aria-invalid=${invalid} aria-describedby=${notes || nothing} @change=${input}>
      ${options.choices.map(([code, text]) => html`<option value=${code} .selected=${code === value}>${text}</option>`)}
    </select>`;
  if (options.rows)
    return html`<textarea id=${id} name=${name} rows=${options.rows} ?required=${required}
      ?disabled=${disabled} aria-invalid=${invalid} aria-describedby=${notes || nothing} dir="auto"
      spellcheck=${options.spellcheck ?? "false"} .defaultValue=${value} @input=${input}></textarea>`;
  return html`<input id=${id} name=${name} type=${options.type ?? "text"} ?required=${required}
    ?disabled=${disabled} aria-invalid=${invalid} aria-describedby=${notes || nothing}
    autocomplete=${options.autocomplete ?? "off"} inputmode=${options.inputmode ?? nothing}
    placeholder=${options.placeholder ?? nothing} min=${options.min ?? nothing} max=${options.max ?? nothing}
    step=${options.step ?? nothing} maxlength=${options.maxlength ?? nothing} dir="auto"
    spellcheck="false" .defaultValue=${String(value ?? "")} @input=${input}>`;
}

/** A checkbox with its label. */
export const checkbox = ({ name, label, checked = false, help = null, onInput = () => {} }) => html`
  <label class="check"><input type="checkbox" name=${name} .checked=${live(checked)} @change=${onInput}>
    <span>${label}${help ? html`<small class="muted">${help}</small>` : nothing}</span></label>`;
