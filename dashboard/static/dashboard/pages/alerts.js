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
const fields = addressed(() => refresh());
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
addEventListener("popstate", refresh);

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
    ${found.open ? part("open", openHead) : nothing}
    ${found.resolved ? part("resolved", resolvedHead) : nothing}`);
}

function part(state, head) {
  const { data, pagination } = found[state];
  return html`
    <section class="card flush" aria-labelledby="${state}-title">
      <div class="card-head"><h2 id="${state}-title">${STATES[state]}</h2>${head(data)}</div>
      ${data.length ? table(data, { seen }) : none(state)}
      ${!only() && pagination.hasMore
        ? html`<p class="list-note"><a href=${changed({ state, cursor: null })}>All that are ${state}</a></p>`
        : nothing}</section>
    ${only() ? pager(pagination, refresh, { words: NEWEST_FIRST }) : nothing}`;
}

const openHead = (alerts) => (can("operator") ? seen.many(alerts) : nothing);

const resolvedHead = () => nothing;

function none(state) {
  if (isFiltered())
    return html`<div class="empty">${icon("search")}<p>No ${state} alert is like that.</p>
      <button type="button" class="button" @click=${clear}>Clear filters</button></div>`;
  return state === "open"
    ? html`<div class="empty">${icon("circle-check")}<h3>No alert is open</h3>
        <p>Whom Vitals tells when one opens is up to your <a href="/channels">channels</a>.</p></div>`
    : html`<p class="muted list-note">No alert was resolved yet.</p>`;
}
