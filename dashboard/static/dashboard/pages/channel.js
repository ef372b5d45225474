// One channel: how it fares, what was delivered to it, and its settings.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, list, send } from "../core/api.js";
import { channelBadge, channelKinds } from "../core/channels.js";
import { deliveryTable } from "../core/deliveries.js";
import { confirmThat } from "../core/dialogs.js";
import { ago } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { part } from "../core/parts.js";
import { can, shell } from "../core/shell.js";
import { tell, tellError } from "../core/toasts.js";
import { facts } from "./channel/facts.js";
import { channelForm } from "./channel/form.js";
import { rotateSecret } from "./channel/secret.js";
import { trial } from "./channel/trial.js";

const SHOWN = 10; // deliveries; the log has the rest
const { id } = shell.path;
const path = `/notification-channels/${id}`;
const state = { channel: null, kind: null, form: null };
const test = trial(show);
const deliveries = part(
  async () => (await list("/notification-deliveries", { channelId: id, limit: SHOWN })).data,
  show,
  { stay: 3_000 },
);

const refresh = keepFresh(async () => {
  deliveries.look();
  state.kind ??= await channelKinds();
  stand(await get(path));
}, show);

/** What is typed stays, until another form was stored. */
function stand(channel) {
  const kind = state.kind.get(channel.kind);
  if (!state.form || channel.updatedAt !== state.channel.updatedAt)
    state.form = can("admin") && kind && channelForm({ kind, channel, redraw: show, done });
  state.channel = channel;
}

function done(channel) {
  tell("Saved.");
  stand(channel);
  show();
}

function show() {
  if (!state.channel) return;
  const { channel, kind, form } = state;
  document.title = `${channel.name} · Vitals`;
  draw(html`
    ${heading(channel.name, {
      above: html`<nav aria-label="Where this is" class="crumbs muted"><a href="/channels">Channels</a></nav>`,
      note: html`${channelBadge(channel)} ${kind.get(channel.kind)?.name ?? channel.kind}.
        ${channel.lastDeliveredAt ? html`Last delivered ${ago(channel.lastDeliveredAt)}.` : "Nothing delivered yet."}`,
      actions: can("admin") ? actions(channel) : null,
    })}
    ${test.result()}
    ${trouble(channel)}
    <section class="card flush" aria-labelledby="deliveries-title">
      <div class="card-head"><h2 id="deliveries-title">Latest deliveries</h2><a href="/deliveries?channelId=${id}">All deliveries</a></div>
      ${deliveries.view((rows) => (rows.length
        ? deliveryTable(rows, { refresh: deliveries.now })
        : html`<p class="muted list-note">Nothing was to be delivered to it yet.</p>`))}</section>
    ${form ? form() : facts(channel, kind.get(channel.kind))}`);
}

function trouble({ state: how, disabledReason, failingSince, lastError, enabled }) {
  if (disabledReason)
    return html`<p class="notice bad">${icon("octagon-x")}<span>Vitals gave up on it, as it began to fail ${ago(failingSince)}.
      ${lastError?.message ?? nothing} Mend what is wrong, send a test, and turn it on again.</span></p>`;
  if (!enabled) return html`<p class="notice">${icon("pause")}<span>It is turned off: nothing goes out to it.</span></p>`;
  return how === "failing"
    ? html`<p class="notice warn">${icon("triangle-alert")}<span>It began to fail ${ago(failingSince)}. Vitals tries again for a day.
        ${lastError?.message ?? nothing}</span></p>`
    : nothing;
}

const actions = (channel) => html`
  ${test.button(() => test.run(() => send("POST", `${path}/test`)).then(refresh, tellError))}
  ${channel.state === "disabled"
    ? button("play", "Turn on", () => turn(true))
    : button("pause", "Turn off", () => turn(false))}
  ${state.kind.get(channel.kind)?.kind === "webhook"
    ? button("key-round", "Rotate the secret", () => rotateSecret(channel))
    : nothing}
  ${button("trash-2", "Delete", remove)}`;

const button = (shape, text, act) =>
  html`<button type="button" class="button" @click=${act}>${icon(shape)}${text}</button>`;

async function turn(enabled) {
  try {
    await send("PATCH", path, { enabled });
    tell(enabled ? "It is on: what happens from now on goes out." : "It is off.");
  } catch (error) {
    tellError(error);
  }
  refresh();
}

async function remove() {
  const gone = await confirmThat({
    title: html`Delete <bdi>${state.channel.name}</bdi>?`,
    text: "The log of its deliveries goes with it. What waits for it is not sent.",
    verb: "Delete it",
    act: () => send("DELETE", path),
  });
  if (gone) location.assign("/channels");
}
