// What was, or is to be, delivered to channels: as rows.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ApiError, send } from "./api.js";
import { ago, at } from "./format.js";
import { icon } from "./icons.js";
import { can, word } from "./shell.js";
import { tell, tellError } from "./toasts.js";

const LOOKS = { delivered: ["good", "circle-check"], pending: ["", "clock"], failed: ["bad", "octagon-x"] };

/** A table of deliveries; `named`: with the channel of each. `refresh` looks again. */
export const deliveryTable = (deliveries, { refresh, named = false }) => html`
  <table class="table cards deliveries">
    <thead><tr><th scope="col">When</th><th scope="col">Notice</th>
      ${named ? html`<th scope="col">Channel</th>` : nothing}
      <th scope="col">State</th><th scope="col">Attempts</th>
      ${can("operator") ? html`<th scope="col"><span class="visually-hidden">Actions</span></th>` : nothing}</tr></thead>
    <tbody>${repeat(deliveries, ({ id }) => id, (one) => html`<tr>
      <td class="whole nowrap">${at(one.createdAt)}</td>
      <td class="grow whole">${noticeOf(one)}<small class="muted">${word("noticeKind", one.kind)}${one.reminder
        ? `, reminder ${one.reminder}`
        : nothing}</small></td>
      ${named
        ? html`<td class="channel"><a class="cut" href="/channels/${one.channelId}" title=${one.channelName}><bdi>${one.channelName}</bdi></a></td>`
        : nothing}
      <td class="whole outcome">${stateOf(one)}</td>
      <td><span class="number">${one.attempts}</span><span class="only-phone muted"> ${one.attempts === 1 ? "attempt" : "attempts"}</span></td>
      ${can("operator") ? html`<td class="end">${one.state === "failed" ? againButton(one, refresh) : nothing}</td>` : nothing}
    </tr>`)}</tbody></table>`;

function noticeOf({ title, incidentId, connectionId }) {
  const path = incidentId ? `/incidents/${incidentId}` : connectionId && `/connections/${connectionId}`;
  return path
    ? html`<a class="cut" href=${path} title=${title} dir="auto">${title}</a>`
    : html`<span class="cut" title=${title} dir="auto">${title}</span>`;
}

function stateOf({ state, deliveredAt, nextAttemptAt, error }) {
  const [look, shape] = LOOKS[state];
  return html`<span class="badge ${look}">${icon(shape)}${word("deliveryState", state)}</span>
    ${deliveredAt ? html`<small class="muted block">${ago(deliveredAt)}</small>` : nothing}
    ${nextAttemptAt ? html`<small class="muted block">next attempt ${ago(nextAttemptAt)}</small>` : nothing}
    ${error && state !== "delivered" ? html`<small class="block">${error.message}</small>` : nothing}`;
}

const againButton = (delivery, refresh) => html`
  <button type="button" class="button small" aria-label="Deliver again: ${delivery.title}"
    @click=${() => again(delivery, refresh)}>${icon("refresh-cw")}Deliver again</button>`;

async function again({ id }, refresh) {
  try {
    await send("POST", `/notification-deliveries/${id}/retry`);
    tell("It goes out again.");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tellError(error);
  }
  refresh();
}
