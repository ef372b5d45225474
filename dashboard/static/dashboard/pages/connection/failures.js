// What the failures have in common: their cause, the hour of day; and the latest outages.

import { html, nothing, svg } from "../../vendor/lit-html/lit-html.js";
import { get } from "../../core/api.js";
import { at, count, duration, plural, zone } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { part } from "../../core/parts.js";
import { word } from "../../core/shell.js";
import { spanChoice } from "./spans.js";

const WINDOWS = ["24h", "7d", "30d", "90d"];
const FIRST = 5; // outages that are shown at once
const HOUR = 3_600_000; // ms

/** The card's part. */
export function failures({ path, redraw }) {
  const found = part(() => get(`${path}/failures`, { window: span.now() }), redraw);
  const span = spanChoice("failures", WINDOWS, "7d", () => (found.now(), redraw()));
  return { ...found, tools: span.buttons, view: () => found.view(patterns) };
}

function patterns({ byCause, byHourOfDay, episodes }) {
  const total = byHourOfDay.reduce((sum, n) => sum + n, 0);
  if (!total && !episodes.length)
    return html`<p class="row">${icon("circle-check", "good")}No check has failed in this time.</p>`;
  return html`<div class="columns">
      <div class="stack tight"><h3>By cause</h3>${causes(byCause)}</div>
      <div class="stack tight"><h3>By hour of day</h3>${hours(byHourOfDay)}</div></div>
    ${episodes.length ? html`<h3 class="outages-title">Outages</h3>${outages(episodes)}` : nothing}`;
}

function causes(byCause) {
  const there = Object.entries(byCause).filter(([, n]) => n).sort(([, a], [, b]) => b - a);
  const most = Math.max(1, ...there.map(([, n]) => n));
  return html`<table class="bars"><caption class="visually-hidden">Checks by cause</caption>
    <tbody>${there.map(([cause, n]) => html`<tr><th scope="row">${word("cause", cause)}</th>
      <td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect width=${(100 * n) / most} height="10"></rect></svg></td>
      <td class="end number">${count(n)}</td></tr>`)}</tbody></table>`;
}

const hourFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** The hours of the day in the person's zone, from midnight: `[{n, begins, ends, said}]`. */
function local(byHourOfDay) {
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const shown = byHourOfDay.map((n, hour) => {
    const from = new Date(midnight + hour * HOUR);
    return { n, from, minutes: from.getHours() * 60 + from.getMinutes() };
  });
  return shown
    .sort((a, b) => a.minutes - b.minutes)
    .map(({ n, from }) => {
      const begins = hourFormat.format(from);
      const ends = hourFormat.format(new Date(from.getTime() + HOUR));
      return { n, begins, ends, said: `${begins} to ${ends}` };
    });
}

function hours(byHourOfDay) {
  const bars = local(byHourOfDay);
  const most = Math.max(1, ...byHourOfDay);
  const said = bars.filter(({ n }) => n).map(({ n, said }) => `${said}: ${n}`);
  return html`<figure class="trend hours"><svg viewBox="0 0 238 100" preserveAspectRatio="none" role="img"
      aria-label="Failures by hour of day, ${said.join(", ") || "none"}">
      ${bars.map(({ n, said }, at) => svg`<g><rect class=${n ? "unhealthy" : "none"} x=${at * 10} y=${n ? 100 - (96 * n) / most : 97}
        width="8" height=${n ? (96 * n) / most : 3}></rect>
        <rect class="hit" x=${at * 10} y="0" width="10" height="100"><title>${said}: ${plural(n, "failure")}</title></rect></g>`)}</svg>
    <figcaption class="muted"><small class="row between"><span>${bars[0].begins}</span>
      <span>in your time, ${zone}</span><span>${bars.at(-1).ends}</span></small></figcaption></figure>`;
}

const outages = (episodes) => html`
  <ul class="plain-list outages">${episodes.slice(0, FIRST).map(outage)}</ul>
  ${episodes.length > FIRST
    ? html`<details><summary>${plural(episodes.length - FIRST, "earlier outage")}</summary>
        <ul class="plain-list outages">${episodes.slice(FIRST).map(outage)}</ul></details>`
    : nothing}`;

const outage = ({ startedAt, endedAt, cause, checks }) => {
  const seconds = (new Date(endedAt ?? Date.now()) - new Date(startedAt)) / 1000;
  return html`<li class="row"><span>${at(startedAt)}</span>
    <b>${endedAt ? `for ${duration(seconds)}` : `goes on for ${duration(seconds)}`}</b>
    ${cause ? html`<span class="chip">${word("cause", cause)}</span>` : nothing}
    <span class="muted">${plural(checks, "failed check")}</span></li>`;
};
