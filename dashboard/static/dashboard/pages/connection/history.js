// The checks of the connection, newest first, by status, outcome, type and time.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { list, withQuery } from "../../core/api.js";
import { checkTable } from "../../core/checks.js";
import { localMinute, readMoment } from "../../core/credentials.js";
import { icon } from "../../core/icons.js";
import { pager } from "../../core/paging.js";
import { part } from "../../core/parts.js";
import { goTo, parameter } from "../../core/routing.js";
import { choices } from "../../core/shell.js";

const FILTERS = ["status", "outcome", "failureCause", "checkType", "from", "to"];
const NONE = Object.fromEntries(FILTERS.map((name) => [name, ""]));
const STATUSES = ["healthy", "degraded", "unhealthy"];
const SIZE = 20;

const asked = () => Object.fromEntries(FILTERS.map((name) => [name, parameter(name) ?? ""]));
const place = () => document.getElementById("history");

/** The card's part; `showBetween(from, to)` shows the checks made between two moments, in s. */
export function history({ id, path, redraw }) {
  const open = new Set();
  const checks = part(
    () => list(`${path}/health-checks`, { ...asked(), limit: SIZE, cursor: parameter("cursor") }),
    redraw,
    { stay: 3_000 },
  );
  const change = (filters) => {
    goTo({ ...filters, cursor: null });
    checks.now();
    redraw();
  };
  addEventListener("popstate", () => (checks.now(), redraw()));
  const table = ({ data, pagination }) =>
    data.length
      ? html`${checkTable(data, { open, redraw })}
          <div class="list-note">${pager(pagination, checks.now, place())}</div>`
      : html`<div class="empty">${icon("history")}<p>${Object.values(asked()).some(Boolean)
          ? "No check is like that."
          : "No check yet: the first one comes by itself, or by “Check now”."}</p></div>`;
  return {
    ...checks,
    showBetween: (from, to) => {
      change({ ...NONE, from: iso(from), to: iso(to) });
      place().scrollIntoView();
    },
    tools: () => html`<span class="row">
      <a href=${withQuery("/history", { connectionId: id })}>All in the history</a>
      <a class="button small" download
        href=${withQuery(`/api/v1${path}/health-checks`, { ...asked(), format: "csv" })}>${icon("download")}CSV</a></span>`,
    view: () => html`${bar(asked(), change)}${checks.view(table)}`,
  };
}

const iso = (seconds) => new Date(seconds * 1000).toISOString();

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
