// Trouble that many connections of one integration have at the same time.

import { html } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, list } from "../core/api.js";
import { combobox } from "../core/combobox.js";
import { addressed, clearFilters, momentsBetween } from "../core/filters.js";
import { at } from "../core/format.js";
import { icon } from "../core/icons.js";
import { incidentBadge, incidentSeen, lasted, reach, wider } from "../core/incidents.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { NEWEST_FIRST, pager } from "../core/paging.js";
import { parameter } from "../core/routing.js";
import { word } from "../core/shell.js";
import { tellingPages } from "../core/telling.js";

const SIZE = 50;
const FILTERS = ["state", "integrationId", "from", "to"];
const STATES = [["open", "Open"], ["resolved", "Resolved"]];

let page = null;
const fields = addressed(() => refresh());
const integrations = combobox({
  name: "integration",
  label: "Integration",
  find: async (search) => (await list("/integrations", { search, order: "name", limit: 20 })).data,
  nameOf: async (id) => (await get(`/integrations/${encodeURIComponent(id)}`)).name,
  choose: (chosen) => fields.set({ integrationId: chosen?.id ?? null }),
  redraw: show,
});
const filters = () => Object.fromEntries(FILTERS.map((name) => [name, parameter(name) ?? ""]));
const clear = () => fields.set(Object.fromEntries(FILTERS.map((name) => [name, null])));

const refresh = keepFresh(async () => {
  page = await list("/incidents", { ...filters(), limit: SIZE, cursor: parameter("cursor") });
}, show);
addEventListener("popstate", refresh);

function show() {
  if (!page) return;
  // Of those that are shown the ones that go on come first; few are open at a time.
  const rows = page.data.toSorted((a, b) => (b.state === "open") - (a.state === "open"));
  draw(html`
    ${heading("Incidents", { note: "Many connections of one integration that fail at the same time, by their provider's trouble or on the way there." })}
    ${tellingPages()}
    <search class="toolbar" aria-label="Filters">
      ${integrations.view(parameter("integrationId"))}
      ${fields.select("state", "State", "Any state", STATES)}
      ${momentsBetween(filters(), fields.set)}
      ${clearFilters(filters(), clear)}</search>
    ${rows.length
      ? html`<section class="card flush" aria-label="Incidents">${table(rows)}</section>`
      : html`<section class="card empty">${none()}</section>`}
    ${pager(page.pagination, refresh, { words: NEWEST_FIRST })}`);
}

const table = (rows) => html`
  <table class="table cards">
    <thead><tr><th scope="col">Integration</th><th scope="col">State</th><th scope="col">Since</th>
      <th scope="col">Connections</th><th scope="col">Cause</th><th scope="col">Seen</th></tr></thead>
    <tbody>${repeat(rows, ({ id }) => id, (one) => html`<tr>
      <td class="grow"><a class="cut" href="/incidents/${one.id}" title=${one.integrationName}><b><bdi>${one.integrationName}</bdi></b></a></td>
      <td>${incidentBadge(one)}</td>
      <td class="whole nowrap">${at(one.startedAt)}<small class="muted block">${lasted(one)}</small></td>
      <td class="whole">${reach(one)} ${wider(one)}</td>
      <td class="whole">${word("cause", one.cause)}</td>
      <td class="whole seen">${incidentSeen(one, refresh)}</td></tr>`)}</tbody>
  </table>`;

const none = () =>
  Object.values(filters()).some(Boolean)
    ? html`${icon("search")}<h2>No incident is like that</h2>
        <button type="button" class="button" @click=${clear}>Show all</button>`
    : html`${icon("circle-check")}<h2>No incident</h2>
        <p>When more connections of one integration fail at the same time than chance explains, they
          become one incident here, and one notice in place of many.</p>
        <a class="button" href="/alerts">To the alerts</a>`;
