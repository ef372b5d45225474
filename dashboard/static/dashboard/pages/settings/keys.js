// API keys: what programs act with.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { all, send } from "../../core/api.js";
import { copyable } from "../../core/copying.js";
import { ask, confirmThat, open } from "../../core/dialogs.js";
import { ago, at, plural } from "../../core/format.js";
import { field } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";
import { tell } from "../../core/toasts.js";
import { roleField } from "./roles.js";

const DAY = 86_400_000; // ms
const LIVES = [["", "Never"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"]];
const OVERLAPS = [["0", "At once"], ["1", "In an hour"], ["24", "In a day"], ["168", "In a week"], ["720", "In 30 days"]];

const state = { rows: [] };

export const keys = {
  title: "API keys",
  needs: "admin",
  async load() {
    state.rows = await all("/api-keys");
  },
  view: ({ refresh }) => html`
    <section class="card flush" aria-labelledby="keys-title">
      <div class="card-head"><h2 id="keys-title">${state.rows.length ? plural(state.rows.length, "API key") : "API keys"}</h2>
        <button type="button" class="button primary" @click=${() => create(refresh)}>${icon("plus")}Create a key</button></div>
      ${state.rows.length ? table(refresh) : empty}
    </section>
    <p class="muted">A program sends its key in a header, <code>Authorization: Bearer …</code>. The
      <a href="/api/v1/docs">API reference</a> shows what it can ask for.</p>`,
};

const empty = html`<div class="empty">${icon("key-round")}
  <p>There is no key yet. Create one for each program that reads or changes something here, so that each can be revoked by itself.</p></div>`;

const table = (refresh) => html`
  <table class="table cards">
    <thead><tr><th scope="col">Key</th><th scope="col">Role</th><th scope="col">Last used</th><th scope="col">Expires</th>
      <th scope="col">Created</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
    <tbody>${repeat(state.rows, ({ id }) => id, (key) => row(key, refresh))}</tbody>
  </table>`;

const hasExpired = ({ expiresAt }) => expiresAt !== null && new Date(expiresAt) <= Date.now();

const row = (key, refresh) => html`
  <tr>
    <td class="grow"><b class="cut" title=${key.name}><bdi>${key.name}</bdi></b><small class="mono muted">${key.prefix}…</small></td>
    <td class="nowrap">${word("role", key.role)}</td>
    <td><span class="only-phone muted">Last used </span>${ago(key.lastUsedAt)}</td>
    <td><span class="only-phone muted">Expires </span>${hasExpired(key) ? html`<span class="badge bad">${icon("octagon-x")}Expired</span>` : ago(key.expiresAt)}</td>
    <td><span class="only-phone muted">Created </span>${at(key.createdAt)}</td>
    <td class="end nowrap">
      ${hasExpired(key) ? null : html`<button type="button" class="button small" aria-label="Rotate ${key.name}" @click=${() => rotate(key, refresh)}>Rotate</button>`}
      <button type="button" class="button small" aria-label="Revoke ${key.name}" @click=${() => revoke(key, refresh)}>Revoke</button></td>
  </tr>`;

async function create(refresh) {
  const made = await ask({
    title: "Create an API key",
    verb: "Create",
    body: ({ errors }) => html`
      ${field({ name: "name", label: "Name", required: true, error: errors.name, maxlength: 200, help: "Such as the program that will use it." })}
      ${roleField({ error: errors.role })}
      ${field({ name: "days", label: "Expires", choices: LIVES, value: "90", error: errors.expiresAt })}`,
    act: (form) =>
      send("POST", "/api-keys", { name: form.get("name"), role: form.get("role"), expiresAt: inDays(form.get("days")) }),
  });
  if (made) await hand(made, refresh);
}

const inDays = (days) => (days ? new Date(Date.now() + days * DAY).toISOString() : null);

async function rotate(key, refresh) {
  const made = await ask({
    title: `Rotate “${key.name}”`,
    verb: "Rotate",
    body: ({ errors }) => html`
      <p>You get a new key of the same name and role. Until the old one ends, both work: time to put the new one in its place.</p>
      ${field({ name: "overlapHours", label: "The old key ends", choices: OVERLAPS, value: "24", error: errors.overlapHours })}`,
    act: (form) =>
      send("POST", `/api-keys/${key.id}/rotate`, { overlapHours: Number(form.get("overlapHours")) }),
  });
  if (made) await hand(made, refresh);
}

/** Show a key's secret, this once. */
function hand({ name, key }, refresh) {
  refresh();
  return open({
    title: `The key “${name}”`,
    mustAnswer: true,
    body: ({ close }) => html`
      <p class="notice warn">${icon("triangle-alert")}<span>Nobody can see it again, not even you. Store it where your secrets are.</span></p>
      ${copyable(key, "the key")}
      <div class="actions end"><button type="button" class="button primary" @click=${() => close()}>I have stored it</button></div>`,
  });
}

async function revoke(key, refresh) {
  const gone = await confirmThat({
    title: `Revoke “${key.name}”?`,
    text: "Whatever uses it is refused from now on. A revoked key cannot be brought back.",
    verb: "Revoke",
    act: () => send("DELETE", `/api-keys/${key.id}`),
  });
  if (!gone) return;
  tell(`“${key.name}” was revoked.`);
  refresh();
}
