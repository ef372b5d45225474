// Maintenance windows as rows: those that go on first, then those to come.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ago, at, duration, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, word } from "../../core/shell.js";
import { onClocks } from "../../core/time_zones.js";
import { said } from "../window/repeating.js";

const ORDER = ["active", "upcoming", "over"];
const LOOKS = { active: ["warn", "timer"], upcoming: ["", "calendar"], over: ["", "check"] };

const inOrder = (windows) =>
  windows.toSorted(
    (a, b) =>
      ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
      (a.currentStart ?? "").localeCompare(b.currentStart ?? ""),
  );

export const windowTable = (windows) => html`
  <table class="table cards">
    <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">When</th>
      <th scope="col">Repeats</th><th scope="col">Covers</th></tr></thead>
    <tbody>${repeat(inOrder(windows), ({ id }) => id, (one) => html`<tr>
      <td class="grow">${nameOf(one)}</td>
      <td>${stateBadge(one)}</td>
      <td class="whole">${when(one)}</td>
      <td class="whole">${repeats(one)}</td>
      <td class="whole">${covers(one)}</td></tr>`)}</tbody>
  </table>`;

const nameOf = ({ id, name }) =>
  can("operator")
    ? html`<a class="cut" href="/maintenance/${id}" title=${name}><b><bdi>${name}</bdi></b></a>`
    : html`<b class="cut" title=${name}><bdi>${name}</bdi></b>`;

function stateBadge({ state }) {
  const [look, shape] = LOOKS[state];
  return html`<span class="badge ${look}">${icon(shape)}${word("windowState", state)}</span>`;
}

function when({ state, startsAt, currentStart, currentEnd, durationMinutes }) {
  const length = duration(durationMinutes * 60);
  if (state === "active") return html`<span class="nowrap">until ${at(currentEnd)}</span><small class="muted block">ends ${ago(currentEnd)}</small>`;
  return html`${at(currentStart ?? startsAt)}<small class="muted block">for ${length}${
    state === "upcoming" ? html`, ${ago(currentStart)}` : nothing}</small>`;
}

const repeats = ({ rrule, startsAt, timeZone }) =>
  rrule
    ? html`${said(rrule, onClocks(timeZone, startsAt)) ?? html`<code>${rrule}</code>`}<small class="muted block">${timeZone}</small>`
    : html`<span class="muted">Once</span>`;

function covers({ integrationIds, connectionIds, tags }) {
  const named = [
    integrationIds.length && plural(integrationIds.length, "integration"),
    connectionIds.length && plural(connectionIds.length, "connection"),
  ].filter(Boolean);
  if (!named.length && !tags.length) return html`<b>Everything</b>`;
  return html`${named.join(", ")} ${tags.length
    ? html`<span class="chips">${tags.map((tag) => html`<span class="chip"><bdi class="brief" title=${tag}>${tag}</bdi></span>`)}</span>`
    : nothing}`;
}
