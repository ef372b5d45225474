// The checks of the connection, newest first, by status, outcome, type and time.

import { html } from "../../vendor/lit-html/lit-html.js";
import { list, withQuery } from "../../core/api.js";
import { checkTable } from "../../core/checks.js";
import { checkChoices, clearFilters, csvLink, momentsBetween } from "../../core/filters.js";
import { icon } from "../../core/icons.js";
import { NEWEST_FIRST, pager } from "../../core/paging.js";
import { part } from "../../core/parts.js";
import { goTo, parameter } from "../../core/routing.js";

const FILTERS = ["status", "outcome", "failureCause", "checkType", "from", "to"];
const NONE = Object.fromEntries(FILTERS.map((name) => [name, ""]));
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
          <div class="list-note">${pager(pagination, checks.now, { top: place(), words: NEWEST_FIRST })}</div>`
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
      ${csvLink(`${path}/health-checks`, asked())}</span>`,
    view: () => html`${bar(asked(), change)}${checks.view(table)}`,
  };
}

const iso = (seconds) => new Date(seconds * 1000).toISOString();

const bar = (filters, change) => html`
  <div class="toolbar history-filters" role="search" aria-label="Filters of the history">
    ${checkChoices(filters, change)} ${momentsBetween(filters, change)}
    ${clearFilters(filters, () => change(NONE))}
  </div>`;
