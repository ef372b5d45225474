// One incident: how many were down when, what happened, and whom it affects.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, list } from "../core/api.js";
import { at, plural } from "../core/format.js";
import { icon } from "../core/icons.js";
import { incidentBadge, incidentSeen, lasted, reach, wider } from "../core/incidents.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { pager } from "../core/paging.js";
import { part } from "../core/parts.js";
import { parameter } from "../core/routing.js";
import { shell, word } from "../core/shell.js";
import { downChart } from "./incident/chart.js";

const SIZE = 50;
const path = `/incidents/${shell.path.id}`;
let incident = null;

const chart = downChart();
const course = part(() => get(`${path}/timeline`), show, { stay: 5_000 });
const affected = part(
  () => list(`${path}/connections`, { limit: SIZE, cursor: parameter("cursor") }),
  show,
  { stay: 5_000 },
);
const status = part(async () => {
  if (!incident?.provider) return { url: null };
  const { statusPage } = await get(`/providers/${encodeURIComponent(incident.provider)}`);
  return { url: statusPage };
}, show);

const refresh = keepFresh(async () => {
  course.look();
  affected.look();
  incident = await get(path);
  status.look();
}, show);
addEventListener("popstate", affected.now);

function show() {
  if (!incident) return;
  document.title = `Incident of ${incident.integrationName} · Vitals`;
  draw(html`
    ${heading(html`Incident of <bdi>${incident.integrationName}</bdi>`, {
      above: html`<nav aria-label="Where this is" class="crumbs muted"><a href="/incidents">Incidents</a></nav>`,
      note: html`${incidentBadge(incident)} ${reach(incident)} ${wider(incident)}`,
      actions: status.view(({ url }) => (url
        ? html`<a class="button" href=${url} rel="noreferrer" target="_blank">${icon("external-link")}Status page</a>`
        : nothing)),
    })}
    <div class="columns wide-first">
      <div class="stack">
        <section class="card" aria-labelledby="down-title"><h2 id="down-title">Connections down</h2>
          ${course.view(({ points }) => chart(points, incident))}</section>
        <section class="card flush" aria-labelledby="affected-title">
          <div class="card-head"><h2 id="affected-title">Affected connections</h2></div>${affected.view(connections)}</section>
      </div>
      <div class="stack">
        <section class="card" aria-labelledby="about-title"><h2 id="about-title">About it</h2>${facts()}</section>
        <section class="card" aria-labelledby="events-title"><h2 id="events-title">What happened</h2>
          ${course.view(({ events }) => happened(events))}</section>
      </div>
    </div>`);
}

const facts = () => html`<dl class="facts">
  <dt>Integration</dt><dd><a href="/integrations/${incident.integrationId}"><bdi>${incident.integrationName}</bdi></a></dd>
  <dt>Cause</dt><dd>${word("cause", incident.cause)}</dd>
  <dt>Began</dt><dd>${at(incident.startedAt)}</dd>
  <dt>Noticed</dt><dd>${at(incident.openedAt)}</dd>
  <dt>${incident.resolvedAt ? "Over" : "Goes on"}</dt><dd>${incident.resolvedAt
    ? html`${at(incident.resolvedAt)}, after ${lasted(incident)}`
    : html`for ${lasted(incident)} so far`}</dd>
  <dt>Seen</dt><dd>${incidentSeen(incident, refresh)}</dd>
</dl>`;

const SAID = {
  opened: ({ count: many }) => (many ? `Noticed, with ${plural(many, "connection")} down` : "Noticed"),
  joined: ({ count: many }) => `${plural(many, "connection")} went down`,
  recovered: ({ count: many }) => `${plural(many, "connection")} recovered`,
  resolved: () => "Over",
  acknowledged: () => "Seen by somebody",
};

const happened = (events) => html`
  <ol class="plain-list events">${events.map((event) => html`
    <li><small class="muted">${at(event.at)}</small> ${SAID[event.kind]?.(event) ?? event.kind}</li>`)}</ol>`;

const connections = ({ data, pagination }) => html`
  <table class="table cards">
    <thead><tr><th scope="col">Connection</th><th scope="col">Failed</th><th scope="col">Recovered</th></tr></thead>
    <tbody>${repeat(data, ({ connectionId }) => connectionId, (one) => html`<tr>
      <td class="grow whole"><a class="cut" href="/connections/${one.connectionId}" title=${one.connectionName}><bdi>${one.connectionName}</bdi></a></td>
      <td><span class="only-phone muted">Failed </span>${at(one.failedAt)}</td>
      <td>${one.recoveredAt
        ? html`<span class="only-phone muted">Recovered </span>${at(one.recoveredAt)}`
        : html`<span class="badge bad">${icon("octagon-x")}Down</span>`}</td></tr>`)}</tbody>
  </table>
  <div class="list-note">${pager(pagination, affected.now)}</div>`;
