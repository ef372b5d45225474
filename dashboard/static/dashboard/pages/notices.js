// Everything that the tenant was told.

import { html } from "../vendor/lit-html/lit-html.js";
import { list } from "../core/api.js";
import { addressed, clearFilters } from "../core/filters.js";
import { icon } from "../core/icons.js";
import { noticeList } from "../core/notices.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { NEWEST_FIRST, pager } from "../core/paging.js";
import { parameter } from "../core/routing.js";
import { choices } from "../core/shell.js";
import { tellingPages } from "../core/telling.js";

const SIZE = 50;
const FILTERS = ["event", "unread", "connectionId", "incidentId"];

let page = null;
const fields = addressed(() => refresh());
const filters = () => Object.fromEntries(FILTERS.map((name) => [name, parameter(name) ?? ""]));
const clear = () => fields.set(Object.fromEntries(FILTERS.map((name) => [name, null])));

const refresh = keepFresh(async () => {
  page = await list("/notices", { ...filters(), limit: SIZE, cursor: parameter("cursor") });
}, show);
for (const event of ["popstate", "noticesread"]) addEventListener(event, refresh);

function show() {
  if (!page) return;
  const { data, pagination } = page;
  draw(html`
    ${heading("Notices", { note: "Everything that you were told. The bell marks them as read, for you alone." })}
    ${tellingPages()}
    <search class="toolbar" aria-label="Filters">
      ${fields.select("event", "Event", "Any event", choices("event"))}
      ${fields.select("unread", "Read", "Read or not", [["true", "Unread"]])}
      ${clearFilters(filters(), clear)}</search>
    <section class="card flush" aria-label="Notices">${data.length ? noticeList(data) : none()}</section>
    ${pager(pagination, refresh, { words: NEWEST_FIRST })}`);
}

const none = () =>
  Object.values(filters()).some(Boolean)
    ? html`<div class="empty">${icon("search")}<p>No notice is like that.</p>
        <button type="button" class="button" @click=${clear}>Show all</button></div>`
    : html`<div class="empty">${icon("bell")}<h2>Nothing to tell yet</h2>
        <p>When a connection goes down or recovers, or a credential is about to expire, you read it
          here. Your <a href="/channels">channels</a> bring it where you are.</p></div>`;
