// Downtimes of which somebody was told: the open ones first, and who has seen them.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ApiError, send } from "../../core/api.js";
import { choice } from "../../core/filters.js";
import { ago, at, duration } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, choices, word } from "../../core/shell.js";
import { nameCell } from "../../core/tables.js";
import { tell, tellError } from "../../core/toasts.js";

const OTHERS = [["resolved", "Resolved"], ["all", "Open and resolved"]];
const SEEN = [["false", "Seen by nobody"], ["true", "Seen"]];

/** A tab of the history. */
export function alerts({ redraw, refresh }) {
  const busy = new Set(); // of what is being acknowledged
  const acknowledge = async ({ id }) => {
    busy.add(id);
    redraw();
    try {
      await send("POST", `/alerts/${id}/acknowledge`);
      tell("Acknowledged.");
      await refresh();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      tellError(error);
    } finally {
      busy.delete(id);
      redraw();
    }
  };
  return {
    title: "Alerts",
    icon: "bell",
    path: "/alerts",
    filters: ["state", "cause", "acknowledged"],
    hasCsv: false,
    newOnes: ["new alert"],
    query: ({ state, ...others }) => ({ ...others, state: state === "all" ? "" : state || "open" }),
    choices: (filters, change) => html`
      ${choice("state", "State", "Open", OTHERS, filters, change)}
      ${choice("cause", "Cause", "Any cause", choices("cause"), filters, change)}
      ${choice("acknowledged", "Seen", "Seen or not", SEEN, filters, change)}`,
    table: (rows) => table(rows, busy, acknowledge),
    none,
  };
}

const table = (rows, busy, acknowledge) => html`
  <table class="table cards alerts">
    <thead><tr><th scope="col">State</th><th scope="col">Connection</th><th scope="col">What</th>
      <th scope="col">Down</th><th scope="col">Seen</th></tr></thead>
    <tbody>${repeat(rows, ({ id }) => id, (alert) => html`<tr>
      <td>${state(alert)}</td>
      ${nameCell(alert)}
      <td class="whole wide">${alert.message}
        <small class="block"><span class="chip">${word("cause", alert.cause)}</span></small></td>
      <td class="whole nowrap">${down(alert)}</td>
      <td class="whole seen">${seen(alert, busy.has(alert.id), acknowledge)}</td></tr>`)}</tbody>
  </table>`;

const state = ({ resolvedAt }) =>
  resolvedAt
    ? html`<span class="badge good">${icon("circle-check")}Resolved</span>`
    : html`<span class="badge bad">${icon("octagon-x")}Open</span>`;

const down = ({ downtimeStart, resolvedAt }) => {
  const seconds = ((resolvedAt ? Date.parse(resolvedAt) : Date.now()) - Date.parse(downtimeStart)) / 1000;
  return html`${resolvedAt ? "for" : "since"} ${resolvedAt ? duration(seconds) : at(downtimeStart)}
    <small class="muted block">${resolvedAt ? html`from ${at(downtimeStart)}` : duration(seconds)}</small>`;
};

function seen(alert, isBusy, acknowledge) {
  if (alert.acknowledgedAt)
    return html`<span class="cut" title=${alert.acknowledgedBy ?? nothing}>
        ${icon("check")} <bdi>${alert.acknowledgedBy ?? "Somebody"}</bdi></span>
      <small class="muted">${ago(alert.acknowledgedAt)}</small>`;
  if (!can("operator")) return html`<span class="muted">by nobody</span>`;
  return html`<button type="button" class="button small" ?disabled=${isBusy}
    aria-label="Acknowledge the alert of ${alert.connectionName}"
    @click=${() => acknowledge(alert)}>${icon(isBusy ? "refresh-cw" : "check", isBusy ? "spin" : "")}Acknowledge</button>`;
}

const none = (isFiltered, { clear, change }) => {
  if (isFiltered)
    return html`${icon("search")}<h2>No alert is like that</h2>
      <button type="button" class="button" @click=${clear}>Show open ones</button>`;
  return html`${icon("circle-check")}<h2>No alert is open</h2>
    <p>A connection that is down for longer than two minutes brings one.</p>
    <button type="button" class="button" @click=${() => change({ state: "all" })}>Show resolved ones too</button>`;
};
