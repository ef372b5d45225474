// The log of what was, or is to be, delivered to channels.

import { html } from "../vendor/lit-html/lit-html.js";
import { all, list } from "../core/api.js";
import { deliveryTable } from "../core/deliveries.js";
import { addressed, clearFilters, momentsBetween } from "../core/filters.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { NEWEST_FIRST, pager } from "../core/paging.js";
import { parameter } from "../core/routing.js";
import { choices } from "../core/shell.js";

const SIZE = 50;
const FILTERS = ["channelId", "event", "state", "connectionId", "incidentId", "from", "to"];

let page = null;
let channels = [];
const fields = addressed(() => refresh());
const filters = () => Object.fromEntries(FILTERS.map((name) => [name, parameter(name) ?? ""]));
const clear = () => fields.set(Object.fromEntries(FILTERS.map((name) => [name, null])));

const refresh = keepFresh(async () => {
  if (!page) channels = await all("/notification-channels");
  page = await list("/notification-deliveries", { ...filters(), limit: SIZE, cursor: parameter("cursor") });
}, show);
addEventListener("popstate", refresh);

function show() {
  if (!page) return;
  const { data, pagination } = page;
  draw(html`
    ${heading("Deliveries", {
      above: html`<nav aria-label="Where this is" class="crumbs muted"><a href="/channels">Channels</a></nav>`,
      note: "What was, or is to be, delivered to your channels in the last 90 days.",
    })}
    <search class="toolbar" aria-label="Filters">
      ${fields.select("channelId", "Channel", "Any channel", channels.map(({ id, name }) => [id, name]))}
      ${fields.select("event", "Event", "Any event", choices("event"))}
      ${fields.select("state", "State", "Any state", choices("deliveryState"))}
      ${momentsBetween(filters(), fields.set)}
      ${clearFilters(filters(), clear)}</search>
    ${data.length
      ? html`<section class="card flush" aria-label="Deliveries">${deliveryTable(data, { refresh, named: true })}</section>`
      : html`<section class="card empty">${none()}</section>`}
    ${pager(pagination, refresh, { words: NEWEST_FIRST })}`);
}

const none = () =>
  Object.values(filters()).some(Boolean)
    ? html`${icon("search")}<h2>No delivery is like that</h2><button type="button" class="button" @click=${clear}>Show all</button>`
    : html`${icon("list")}<h2>Nothing was delivered yet</h2>
        <p>When something happens that one of your channels is told of, it is noted here.</p>
        <a class="button" href="/channels">To the channels</a>`;
