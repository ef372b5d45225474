// The checks of the connection, newest first, by status, outcome, type and time.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { list, withQuery } from "../../core/api.js";
import { checkTable } from "../../core/checks.js";
import { localMinute, readMoment } from "../../core/credentials.js";
import { icon } from "../../core/icons.js";
import { part } from "../../core/parts.js";
import { choices } from "../../core/shell.js";

const FILTERS = ["status", "outcome", "failureCause", "checkType", "from", "to"];
const NONE = Object.fromEntries(FILTERS.map((name) => [name, ""]));
const STATUSES = ["healthy", "degraded", "unhealthy"];
const SIZE = 20;

const asked = () => {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
};
let choose = () => {};

/** Show the checks made between two moments, in s. */
export const showChecks = (from, to) => {
  choose({ ...NONE, from: iso(from), to: iso(to) });
  document.getElementById("history").scrollIntoView({ behavior: "smooth", block: "start" });
};
const iso = (seconds) => new Date(seconds * 1000).toISOString();

/** The card's part. */
export function history(shared) {
  const { path, redraw } = shared;
  const state = { filters: asked(), pages: [null], open: new Set() }; // cursors; null: the newest
  const checks = part(
    () => list(`${path}/health-checks`, { ...state.filters, limit: SIZE, cursor: state.pages.at(-1) }),
    redraw,
    { stay: 3_000 },
  );
  choose = (changed) => {
    state.filters = { ...state.filters, ...changed };
    state.pages = [null];
    const query = withQuery(location.pathname, state.filters);
    globalThis.history.replaceState(null, "", query);
    checks.now();
    redraw();
  };
  const turn = (pages) => {
    state.pages = pages;
    checks.now();
  };
  const tools = () => html`<span class="row">
    <a href=${withQuery("/history", { connectionId: shared.id })}>All in the history</a>
    <a class="button small" href=${withQuery(`/api/v1${path}/health-checks`, { ...state.filters, format: "csv" })} download>${icon("download")}CSV</a></span>`;
  return {
    ...checks,
    tools,
    view: () => html`${bar(state.filters, (changed) => choose(changed))}
      ${checks.view((page) => table(page, state, { redraw, turn }))}`,
  };
}

const bar = (filters, change) => html`
  <div class="toolbar history-filters" role="search" aria-label="Filters of the history">
    ${select("status", "Any status", choices("standing").filter(([code]) => STATUSES.includes(code)), filters, change)}
    ${select("outcome", "Any result", choices("outcome"), filters, change)}
    ${select("failureCause", "Any cause", choices("cause"), filters, change)}
    ${select("checkType", "Any type", choices("checkType"), filters, change)}
    ${moment("from", "From", filters, change)} ${moment("to", "To", filters, change)}
    ${Object.values(filters).some(Boolean)
      ? html`<button type="button" class="button quiet" @click=${() => change(NONE)}>${icon("x")}Clear filters</button>`
      : nothing}
  </div>`;

const select = (name, any, options, filters, change) => html`
  <select aria-label=${any.replace("Any ", "").replace(/^./, (letter) => letter.toUpperCase())}
    @change=${(event) => change({ [name]: event.target.value })}>
    ${[["", any], ...options].map(([code, text]) => html`<option value=${code} ?selected=${code === filters[name]}>${text}</option>`)}</select>`;

const moment = (name, label, filters, change) => html`
  <label class="inline-field"><span>${label}</span><input type="datetime-local" .value=${filters[name] ? localMinute(filters[name]) : ""}
    @change=${(event) => change({ [name]: readMoment(event.target.value) ?? "" })}></label>`;

function table({ data, pagination }, state, { redraw, turn }) {
  const isFirst = state.pages.length === 1;
  if (!data.length)
    return html`<div class="empty">${icon("history")}<p>${Object.values(state.filters).some(Boolean)
      ? "No check is like that."
      : "No check yet: the first one comes by itself, or by “Check now”."}</p></div>`;
  return html`${checkTable(data, { open: state.open, redraw })}
    <nav class="row between list-note" aria-label="Pages of the history">
      <button type="button" class="button small" ?disabled=${isFirst} @click=${() => turn(state.pages.slice(0, -1))}>${icon("chevron-left")}Newer</button>
      <button type="button" class="button small" ?disabled=${!pagination.hasMore} @click=${() => turn([...state.pages, pagination.cursor])}>Older${icon("chevron-right")}</button>
    </nav>`;
}
