// Downtimes of which people are told: those that go on first, and who has seen them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { list } from "../core/api.js";
import { addressed, clearFilters } from "../core/filters.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { NEWEST_FIRST, pager } from "../core/paging.js";
import { changed, parameter } from "../core/routing.js";
import { can, choices } from "../core/shell.js";
import { tellingPages } from "../core/telling.js";
import { whose } from "../core/whose.js";
import { acknowledging } from "./alerts/acknowledging.js";
import { table } from "./alerts/table.js";

const STATES = { open: "Open", resolved: "Resolved" };
const SHOWN = { open: 50, resolved: 20 }; // of each where both are
const SIZE = 50;
const SEEN = [["false", "Seen by nobody"], ["true", "Seen"]];
const FILTERS = ["cause", "acknowledged", "connectionId", "integrationId"];

const found = {}; // pages by state
const fields = addressed(turn);
const ofWhat = whose(fields.set, show);
const seen = acknowledging({ redraw: show, refresh: () => refresh() });

const only = () => (Object.hasOwn(STATES, parameter("state") ?? "") ? parameter("state") : null);
const filters = () => Object.fromEntries(FILTERS.map((name) => [name, parameter(name) ?? ""]));
const isFiltered = () => Object.values(filters()).some(Boolean);
const clear = () => fields.set(Object.fromEntries(FILTERS.map((name) => [name, null])));

const refresh = keepFresh(async () => {
  const states = only() ? [only()] : Object.keys(STATES);
  const pages = await Promise.all(states.map(load));
  for (const state of Object.keys(STATES)) found[state] = pages[states.indexOf(state)] ?? null;
}, show);
addEventListener("popstate", turn);

/** Others are chosen now: nobody acts on what they do not see. */
function turn() {
  seen.clear();
  refresh();
}

function load(state) {
  const page = only() ? { limit: SIZE, cursor: parameter("cursor") } : { limit: SHOWN[state] };
  return list("/alerts", { ...filters(), state, ...page });
}

function show() {
  if (!found.open && !found.resolved) return;
  draw(html`
    ${heading("Alerts", { note: "A connection that is down for longer than two minutes brings one." })}
    ${tellingPages()}
    <search class="toolbar" aria-label="Filters">
      ${ofWhat.view(filters())}
      ${fields.select("state", "State", "Any state", Object.entries(STATES))}
      ${fields.select("cause", "Cause", "Any cause", choices("cause"))}
      ${fields.select("acknowledged", "Seen", "Seen or not", SEEN)}
      ${clearFilters(filters(), clear)}</search>
    ${Object.keys(STATES).map((state) => (found[state] ? part(state) : nothing))}`);
}

function part(state) {
  const { data, pagination } = found[state];
  return html`
    <section class="card flush" aria-labelledby="${state}-title">
      <div class="card-head"><h2 id="${state}-title">${STATES[state]}</h2>
        ${state === "open" && can("operator") ? seen.many(data) : nothing}</div>
      ${data.length ? table(data, { seen }) : none(state)}
      ${!only() && pagination.hasMore
        ? html`<p class="list-note"><a href=${changed({ state, cursor: null })}>All that are ${state}</a></p>`
        : nothing}</section>
    ${only() ? pager(pagination, refresh, { words: NEWEST_FIRST }) : nothing}`;
}

function none(state) {
  if (isFiltered())
    return html`<div class="empty">${icon("search")}<p>No ${state} alert is like that.</p>
      <button type="button" class="button" @click=${clear}>Clear filters</button></div>`;
  return state === "open"
    ? html`<div class="empty">${icon("circle-check")}<h3>No alert is open</h3>
        <p>Whom Vitals tells when one opens is up to your <a href="/channels">channels</a>.</p></div>`
    : html`<p class="muted list-note">No alert was resolved yet.</p>`;
}
