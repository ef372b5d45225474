// The integrations: which APIs there are, how their connections stand, how they are checked.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, list } from "../core/api.js";
import { addressed, isFiltered } from "../core/filters.js";
import { count, every } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { pager } from "../core/paging.js";
import { parameter } from "../core/routing.js";
import { can, choices, word } from "../core/shell.js";
import { integrationBadge, SHAPES } from "../core/status.js";

const ORDERS = [
  ["createdAt", "Oldest first"],
  ["name", "By name"],
  ["-name", "By name, from the end"],
];

const WORST_FIRST = ["unhealthy", "degraded", "notChecked", "healthy", "inactive"];

const state = { page: null, counts: new Map() };

const refresh = keepFresh(async () => {
  const [search, status, order, cursor] = ["search", "status", "order", "cursor"].map(parameter);
  const page = await list("/integrations", { search, status, order, cursor, limit: 50 });
  const ids = page.data.map(({ id }) => id);
  const counts = ids.length
    ? await get("/health-checks/by-integration", { integrationId: ids.join(",") })
    : [];
  state.counts = new Map(counts.map((row) => [row.integrationId, row]));
  state.page = page;
}, show);
addEventListener("popstate", refresh);
const fields = addressed(refresh);

function show() {
  const { data } = state.page;
  const isNew = !data.length && !isFiltered(["search", "status"]) && !parameter("cursor");
  draw(html`
    ${heading("Integrations", { actions: isNew ? null : addButton() })}
    ${isNew ? empty() : html`${toolbar()}${data.length ? table(state.page) : nothingFound()}`}`);
}

const addButton = () =>
  can("admin")
    ? html`<a class="button primary" href="/integrations/new">${icon("plus")}Add an integration</a>`
    : null;

const toolbar = () => html`
  <search class="toolbar">
    ${fields.search({ label: "Search by name" })}
    ${fields.select("status", "Status", "Any status", choices("integrationStatus"))}
    ${fields.select("order", "Order", "Newest first", ORDERS)}
  </search>`;

const table = ({ data, pagination }) => html`
  <section class="card flush">
    <table class="table cards">
      <thead><tr><th scope="col">Name</th><th scope="col">Status</th><th scope="col">Connections</th>
        <th scope="col">Health checks</th></tr></thead>
      <tbody>${repeat(data, ({ id }) => id, row)}</tbody>
    </table>
  </section>
  ${pager(pagination, refresh)}`;

const row = (integration) => html`<tr>
  <td class="grow"><a class="cut" href="/integrations/${integration.id}" title=${integration.name}>
      <b><bdi>${integration.name}</bdi></b></a>
    <small class="cut muted" title=${integration.baseUrl}>${integration.provider ?? "Custom"} · ${integration.baseUrl}</small></td>
  <td>${integrationBadge(integration.status)}</td>
  <td>${counts(integration.id)}</td>
  <td><span class="row">${checks(integration)}
    ${integration.muted ? html`<span class="chip">${icon("bell-off")}Muted</span>` : nothing}</span></td>
</tr>`;

function counts(integrationId) {
  const counted = state.counts.get(integrationId);
  if (!counted?.total) return html`<span class="muted">None yet</span>`;
  return html`<span class="row">${WORST_FIRST
    .filter((standing) => counted[standing])
    .map((standing) => {
      const said = `${count(counted[standing])} ${word("standing", standing).toLowerCase()}`;
      return html`<a class="badge ${standing}" title=${said} aria-label=${said}
        href="/connections?integrationId=${integrationId}&standing=${standing}">${icon(SHAPES[standing])}${count(counted[standing])}</a>`;
    })}</span>`;
}

const checks = ({ healthCheckConfig: { enabled, intervalMinutes } }) => {
  if (!enabled) return html`<span class="chip">${icon("ban")}Off</span>`;
  return intervalMinutes
    ? html`<span class="sentence">${every(intervalMinutes)}</span>`
    : html`<span class="muted">Default interval</span>`;
};

const nothingFound = () => html`
  <section class="card empty">${icon("search")}<h2>Nothing like that</h2>
    <button type="button" class="button" @click=${() => fields.set({ search: null, status: null })}>Show all</button></section>`;

const empty = () => html`
  <section class="card empty">${icon("building-2")}
    <h2>No integrations yet</h2>
    <p>An integration is an API that you use. Choose one of many from the catalogue, import an OpenAPI document, or
      describe it by hand.</p>
    ${addButton() ?? html`<p>An admin of your organisation can add the first one.</p>`}
  </section>`;
