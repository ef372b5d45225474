// Where notices go, and how each of these places fares.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { all } from "../core/api.js";
import { channelBadge, channelKinds } from "../core/channels.js";
import { ago } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { can, word } from "../core/shell.js";
import { tellingPages } from "../core/telling.js";

let channels = null;
let kinds = null;

keepFresh(async () => {
  kinds ??= await channelKinds();
  channels = await all("/notification-channels");
}, show);

function show() {
  if (!channels) return;
  const isNew = !channels.length;
  draw(html`
    ${heading("Channels", {
      note: "Where Vitals tells people what happens, and what it tells where.",
      actions: isNew ? null : html`<a class="button" href="/deliveries">${icon("list")}Deliveries</a>${can("admin") ? addButton : nothing}`,
    })}
    ${tellingPages()}
    ${isNew ? none() : html`<section class="card flush" aria-label="Channels">${table()}</section>`}`);
}

const addButton = html`<a class="button primary" href="/channels/new">${icon("plus")}Add a channel</a>`;

const table = () => html`
  <table class="table cards">
    <thead><tr><th scope="col">Channel</th><th scope="col">State</th><th scope="col">Told of</th>
      <th scope="col">Last delivered</th></tr></thead>
    <tbody>${repeat(channels, ({ id }) => id, (channel) => html`<tr>
      <td class="grow"><a class="cut" href="/channels/${channel.id}" title=${channel.name}><b><bdi>${channel.name}</bdi></b></a>
        <small class="muted">${kinds.get(channel.kind)?.name ?? channel.kind}</small></td>
      <td>${channelBadge(channel)}</td>
      <td class="whole"><small>${channel.events.map((event) => word("event", event)).join(", ")}</small></td>
      <td class="whole">${lastOf(channel)}</td></tr>`)}</tbody>
  </table>`;

const lastOf = ({ lastDeliveredAt, failingSince, lastError }) => html`
  <span class="only-phone muted">Last delivered </span>${ago(lastDeliveredAt)}
  ${lastError
    ? html`<small class="block">${lastError.message}${failingSince ? html` <span class="muted">It began ${ago(failingSince)}.</span>` : nothing}</small>`
    : nothing}`;

const none = () => html`
  <section class="card empty">${icon("bell")}<h2>No channel yet</h2>
    <p>Have Vitals write an e-mail, post in your chat, call your paging service or a URL of yours when
      something breaks, and again when it works. The bell shows it here in any case.</p>
    ${can("admin") ? addButton : html`<p>An admin of your organisation can add the first one.</p>`}</section>`;
