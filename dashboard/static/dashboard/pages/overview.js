// The overview: what is broken, whose fault it is, and what to do.

import { html } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { nextStep } from "../core/advice.js";
import { get, list } from "../core/api.js";
import { ago, count, percent, plural } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { part } from "../core/parts.js";
import { can, word } from "../core/shell.js";
import { badge, SHAPES } from "../core/status.js";
import { trend } from "../core/trend.js";

const STANDINGS = ["unhealthy", "degraded", "healthy", "notChecked", "inactive"];
const WINDOWS = ["24h", "7d", "30d", "90d"];
const MOST_SHOWN = 20; // connections that need attention; the list has the rest

const state = { window: "24h", summary: null };

// The totals come first; what else there is need not hold them up.
const points = part(
  async () => (await get("/health-checks/trend", { window: state.window })).points,
  show,
  { stay: 30_000 },
);
const changes = part(async () => (await list("/state-changes", { limit: 10 })).data, show, {
  stay: 3_000,
});

keepFresh(async () => {
  points.look();
  changes.look();
  state.summary = await get("/health-checks/summary");
}, show);

function show() {
  if (state.summary) draw(state.summary.totalConnections ? overview() : firstSteps());
}

const overview = () => html`
  ${heading("Overview", { note: verdict(state.summary) })}
  <div class="totals">${STANDINGS.map(total)}</div>
  <div class="columns wide-first">
    <section class="card flush" aria-labelledby="attention-title">
      <div class="card-head"><h2 id="attention-title">Needs attention</h2></div>
      ${attention(state.summary.connections)}
    </section>
    <div class="stack">
      <section class="card" aria-labelledby="uptime-title">
        <h2 id="uptime-title">Uptime</h2>
        ${figures(state.summary)}
      </section>
      <section class="card" aria-labelledby="trend-title">
        <div class="card-head"><h2 id="trend-title">Trend</h2>
          <div class="segments" role="group" aria-label="Span of time">${WINDOWS.map(windowButton)}</div></div>
        ${points.view(trend)}
      </section>
      <section class="card flush" aria-labelledby="changes-title">
        <div class="card-head"><h2 id="changes-title">Recent changes</h2><a href="/history?show=changes">All changes</a></div>
        ${changes.view(changeList)}
      </section>
    </div>
  </div>`;

const verdict = ({ unhealthy, degraded, lastCheckAt }) => html`
  ${unhealthy || degraded
    ? `${plural(unhealthy, "connection")} unhealthy, ${count(degraded)} degraded.`
    : "Nothing is broken."}
  ${lastCheckAt ? html`Last check ${ago(lastCheckAt)}.` : null}`;

const total = (standing) => html`
  <a class="total ${standing}" href="/connections?standing=${standing}">
    <span class="label">${icon(SHAPES[standing])}${word("standing", standing)}</span>
    <b>${count(state.summary[standing])}</b></a>`;

const figures = ({ uptimeLast24h, uptimeLast7d, coverageLast24h }) => html`
  <dl class="figures">
    ${figure("24 hours", uptimeLast24h)}
    ${figure("7 days", uptimeLast7d)}
    ${figure("Coverage", coverageLast24h)}
  </dl>
  <p class="muted"><small>Uptime: how much of the observed time connections were not unhealthy.
    Coverage: how many of the checks due in 24 hours took place${
      coverageLast24h !== null && coverageLast24h < 100
        ? html`; <b>the others were missed, which is Vitals' fault</b>, not your connections', and
            counts against nobody's uptime.`
        : "."
    }</small></p>`;

const figure = (label, value) => html`<div><dt>${label}</dt><dd>${percent(value)}</dd></div>`;

const windowButton = (span) => html`
  <button type="button" aria-pressed=${String(span === state.window)} @click=${() => choose(span)}>${span}</button>`;

function choose(span) {
  state.window = span;
  points.now();
  show();
}

function attention(connections) {
  const rows = connections.filter(({ standing }) => ["unhealthy", "degraded"].includes(standing));
  if (!rows.length)
    return html`<div class="empty">${icon("circle-check")}<p>Every connection that was checked works.</p></div>`;
  const { unhealthy, degraded } = state.summary;
  const left = unhealthy + degraded - Math.min(rows.length, MOST_SHOWN);
  return html`
    <ul class="list">${repeat(rows.slice(0, MOST_SHOWN), (row) => row.id, attentionRow)}</ul>
    ${left > 0 ? html`<p class="list-note"><a href="/connections?order=standing">${plural(left, "more connection")}</a></p>` : null}`;
}

const attentionRow = (row) => html`
  <li class="attention">
    <div class="row between">
      <span class="row">${badge(row.standing)}<a href="/connections/${row.id}"><b><bdi>${row.name}</bdi></b></a>
        <span class="muted"><bdi>${row.integrationName}</bdi></span></span>
      <small class="muted">since ${ago(row.since, "its first check")}</small>
    </div>
    <p>${row.error ?? row.reasons.map((reason) => word("reason", reason)).join(". ")}
      ${row.failureCause ? html`<span class="chip">Cause: ${word("cause", row.failureCause)}</span>` : null}
      ${row.muted ? html`<span class="chip">${icon("bell-off")}Muted</span>` : null}</p>
    ${row.suggestedResolution ? nextStep(row.suggestedResolution) : null}
  </li>`;

const changeList = (rows) =>
  rows.length
    ? html`<ul class="list">${repeat(rows, ({ id }) => id, changeRow)}</ul>`
    : html`<p class="muted list-note">No status has changed yet.</p>`;

const changeRow = (change) => html`
  <li><div class="row between">
      <a href="/connections/${change.connectionId}"><bdi>${change.connectionName}</bdi></a>
      <small class="muted">${ago(change.at)}</small></div>
    <small class="row">${badge(change.from)}${icon("arrow-right")}${badge(change.to)}</small></li>`;

const firstSteps = () => html`
  ${heading("Welcome")}
  <section class="card empty">
    ${icon("plug")}
    <h2>Nothing is connected yet</h2>
    <p>Choose an API, enter a credential, and see in a minute whether it works. Vitals goes on testing it from then on.</p>
    ${can("admin")
      ? html`<a class="button primary" href="/integrations/new">${icon("plus")}Add the first integration</a>`
      : html`<p>An admin of your organisation can add the first one.</p>`}
  </section>`;
