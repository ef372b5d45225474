// Alerts as rows; on a phone as cards.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { nextStep } from "../../core/advice.js";
import { ago, at, duration } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, word } from "../../core/shell.js";
import { nameCell } from "../../core/tables.js";

/** `seen` is what `acknowledging` made. */
export const table = (alerts, { seen }) => html`
  <table class="table cards alerts">
    <thead><tr>${can("operator") ? html`<th scope="col"><span class="visually-hidden">Select</span></th>` : nothing}
      <th scope="col">Connection</th><th scope="col">What</th>
      <th scope="col">Down</th><th scope="col">Told</th><th scope="col">Seen</th></tr></thead>
    <tbody>${repeat(alerts, ({ id }) => id, (alert) => html`<tr>
      ${can("operator") ? html`<td class="select">${seen.box(alert)}</td>` : nothing}
      ${nameCell(alert)}
      <td class="whole what">${alert.message}
        <span class="chip">${word("cause", alert.cause)}</span>
        ${alert.suggestedResolution && !alert.resolvedAt ? nextStep(alert.suggestedResolution) : nothing}</td>
      <td class="whole nowrap">${down(alert)}</td>
      <td class="whole">${told(alert)}</td>
      <td class="whole seen">${seenBy(alert, seen)}</td></tr>`)}</tbody>
  </table>`;

const down = ({ downtimeStart, resolvedAt }) => {
  const end = resolvedAt ? Date.parse(resolvedAt) : Date.now();
  const length = duration((end - Date.parse(downtimeStart)) / 1000);
  return html`<b>${length}</b><small class="muted block">${resolvedAt ? "from" : "since"} ${at(downtimeStart)}</small>`;
};

function told({ incidentId, told: isTold }) {
  if (incidentId)
    return html`<a class="nowrap" href="/incidents/${incidentId}">${icon("zap")} In an incident</a>`;
  return isTold
    ? html`<span class="nowrap">${icon("bell")} Told</span>`
    : html`<span class="muted nowrap" title="It was muted or in maintenance, or will be told in a moment">
        ${icon("bell-off")} Not told</span>`;
}

function seenBy(alert, seen) {
  if (alert.acknowledgedAt)
    return html`<span class="cut" title=${alert.acknowledgedBy ?? nothing}>
        ${icon("check")} <bdi>${alert.acknowledgedBy ?? "Somebody"}</bdi></span>
      <small class="muted">${ago(alert.acknowledgedAt)}</small>`;
  if (alert.resolvedAt || !can("operator")) return html`<span class="muted nowrap">Not seen</span>`;
  return seen.button(alert);
}
