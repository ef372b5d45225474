// Maintenance: times in which trouble is told to nobody, and does not count.

import { html } from "../vendor/lit-html/lit-html.js";
import { all, get } from "../core/api.js";
import { zone } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { part } from "../core/parts.js";
import { can } from "../core/shell.js";
import { tellingPages } from "../core/telling.js";
import { calendar, monthOf } from "./maintenance/calendar.js";
import { windowTable } from "./maintenance/windows.js";

let windows = null;

const entries = part(async () => {
  const { from, to } = monthOf();
  return get("/maintenance-windows/calendar", { from: from.toISOString(), to: to.toISOString() });
}, show, { stay: 15_000 });

const refresh = keepFresh(async () => {
  entries.look();
  windows = await all("/maintenance-windows");
}, show);

const turn = () => (entries.now(), show());
addEventListener("popstate", () => (turn(), refresh()));

function show() {
  if (!windows) return;
  const isNew = !windows.length;
  draw(html`
    ${heading("Maintenance", {
      note: `Checks go on, tell nobody, and do not count against uptime. Times are those of ${zone}.`,
      actions: can("operator") && !isNew ? planButton : null,
    })}
    ${tellingPages()}
    ${isNew ? none() : html`
      <section class="card flush" aria-labelledby="windows-title">
        <div class="card-head"><h2 id="windows-title">Windows</h2></div>${windowTable(windows)}</section>
      <section class="card" aria-labelledby="calendar-title">${calendar(entries, turn)}</section>`}`);
}

const planButton = html`<a class="button primary" href="/maintenance/new">${icon("plus")}Plan maintenance</a>`;

const none = () => html`
  <section class="card empty">${icon("calendar")}<h2>No maintenance is planned</h2>
    <p>Say when a provider or a system of yours will be worked on, once or every week, and nobody is
      called because of it.</p>
    ${can("operator") ? planButton : html`<p>An operator or an admin of your organisation can plan one.</p>`}</section>`;
