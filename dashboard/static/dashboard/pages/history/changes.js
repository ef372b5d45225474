// When the health of connections changed, and why.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { choice, healthChoices } from "../../core/filters.js";
import { ago, at } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";
import { badge } from "../../core/status.js";
import { nameCell } from "../../core/tables.js";

/** A tab of the history. */
export const changes = () => ({
  title: "State changes",
  icon: "activity",
  path: "/state-changes",
  filters: ["fromStatus", "toStatus"],
  newOnes: ["new change"],
  choices: (filters, change) => html`
    ${choice("fromStatus", "Before", "Any before", healthChoices(), filters, change)}
    ${choice("toStatus", "After", "Any after", healthChoices(), filters, change)}`,
  table,
  none,
});

const table = (rows) => html`
  <table class="table cards">
    <thead><tr><th scope="col">When</th><th scope="col">Connection</th><th scope="col">Change</th>
      <th scope="col">Why</th></tr></thead>
    <tbody>${repeat(rows, ({ id }) => id, row)}</tbody>
  </table>`;

const row = (change) => html`<tr>
  <td class="nowrap">${at(change.at)}<small class="muted block">${ago(change.at)}</small></td>
  ${nameCell(change)}
  <td class="whole"><span class="row nowrap">${badge(change.from)}${icon("arrow-right")}
    <span class="visually-hidden">to</span>${badge(change.to)}</span></td>
  <td class="whole">${change.reasons.length
    ? change.reasons.map((reason) => html`<span class="block">${word("reason", reason)}</span>`)
    : html`<span class="muted">All is as it should be</span>`}</td>
</tr>`;

const none = (isFiltered, { clear }) =>
  isFiltered
    ? html`${icon("search")}<h2>No change is like that</h2>
        <button type="button" class="button" @click=${clear}>Show all</button>`
    : html`${icon("activity")}<h2>No status has changed yet</h2>
        <p>When a connection breaks or recovers, it is noted here.</p>`;
