// The connections: how each is, found and filtered quickly among thousands.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, list } from "../core/api.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { pager } from "../core/paging.js";
import { part } from "../core/parts.js";
import { parameter } from "../core/routing.js";
import { can } from "../core/shell.js";
import { choosing } from "./connections/choosing.js";
import { asked, bar, isAsked } from "./connections/filters.js";
import { quickCheck } from "./connections/quick_check.js";
import { table } from "./connections/table.js";
import { SIZE, totals } from "./connections/totals.js";

const state = {
  page: null,
  of: null, // the filters of what is chosen
  recent: new Map(), // the latest checks by connection's id
  recentOf: null, // which checks they were asked for after
};
const shared = { redraw: show, refresh: () => refresh() };
const filters = bar(shared);
const choice = choosing(shared);
const quick = quickCheck(shared);
const total = totals(show);
const strips = part(loadRecent, show);
const refresh = keepFresh(load, show);
addEventListener("popstate", refresh);

async function load() {
  const given = asked();
  const of = JSON.stringify(given);
  const [order, cursor] = ["order", "cursor"].map(parameter);
  const page = await list("/connections", { ...given, order, cursor, limit: SIZE });
  if (of !== state.of) choice.clear(); // nobody acts on what they do not see
  Object.assign(state, { page, of });
  total.look(page);
  // The strips cost more than the list does: only after a check.
  const checked = JSON.stringify(page.data.map(({ id, lastHealthCheckId }) => [id, lastHealthCheckId]));
  if (checked === state.recentOf) return;
  state.recentOf = checked;
  strips.now();
}

async function loadRecent() {
  const ids = state.page.data.map(({ id }) => id);
  const found = ids.length ? await get("/health-checks/recent", { connectionId: ids.join(",") }) : [];
  state.recent = new Map(found.map(({ connectionId, checks }) => [connectionId, checks]));
}

function show() {
  if (!state.page) return;
  const { data, pagination } = state.page;
  const isNew = !data.length && !isAsked() && !parameter("cursor");
  draw(html`
    ${heading("Connections", { actions: can("admin") && !isNew ? addButton() : null })}
    ${isNew ? empty() : html`
      ${filters.view()}
      ${choice.problem()}
      ${data.length
        ? html`<section class="card flush">${head()}${table(data, { recent: state.recent, choice, quick })}</section>
            ${strips.view(() => nothing)}${pager(pagination, refresh)}`
        : nothingFound()}`}`);
}

const addButton = () => html`<a class="button primary" href="/connections/new">${icon("plus")}Add a connection</a>`;

const head = () => html`
  <div class="card-head list-head">${can("operator") ? choice.all(state.page.data) : nothing}
    ${choice.view()}<span class="muted number">${total.said(state.page)}</span></div>`;

const nothingFound = () => html`
  <section class="card empty">${icon("search")}<h2>No connection is like that</h2>
    <p>Nothing has this name, status, integration or tag.</p>
    <button type="button" class="button" @click=${filters.clear}>Clear filters</button></section>`;

const empty = () => html`
  <section class="card empty">${icon("plug")}
    <h2>No connections yet</h2>
    <p>A connection is your account at an API. Choose an API, enter a credential, and see in a minute whether it works.</p>
    ${can("admin")
      ? html`<div class="actions"><a class="button primary" href="/integrations/new">${icon("plus")}Add an integration</a>
          <a class="button" href="/connections/new">Connect one that is there</a></div>`
      : html`<p>An admin of your organisation can add the first one.</p>`}
  </section>`;
