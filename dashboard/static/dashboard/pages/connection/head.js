// The head of the page: which connection, how it is and why, and what can be done with it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { confirmThat } from "../../core/dialogs.js";
import { ago, at } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { mute, unmute } from "../../core/muting.js";
import { heading } from "../../core/page.js";
import { can, word } from "../../core/shell.js";
import { badge, quietMarks } from "../../core/status.js";
import { tell, tellError } from "../../core/toasts.js";
import { edit } from "./edit.js";

/** `checkNow` is what `check` made. */
export const head = (shared, checkNow) => {
  const { connection } = shared;
  return html`<div class="whole-name">${heading(connection.name, {
    above: html`<nav aria-label="Where this is" class="crumbs muted"><a href="/connections">Connections</a>
      <span aria-hidden="true">›</span>
      <a href="/integrations/${connection.integrationId}"><bdi>${connection.integrationName}</bdi></a></nav>`,
    actions: actions(shared, checkNow),
  })}${standing(shared)}${chips(shared)}</div>`;
};

const standing = ({ connection, integration }) => html`
  <p class="row standing">${badge(connection.standing, "large")}${quietMarks(connection)}<span>${said(connection, integration)}</span></p>`;

function said(connection, integration) {
  const { standing: where, health } = connection;
  if (where === "notChecked")
    return connection.nextCheckAt
      ? html`Its first check comes ${ago(connection.nextCheckAt)}.`
      : "It waits for its first check.";
  if (where === "inactive") return html`${whyInactive(connection, integration)}`;
  const reasons = health.reasons.map((reason) => `${word("reason", reason)}. `);
  return html`${reasons.length ? reasons : "Everything is as it should be. "}
    <span class="muted">${health.since ? html`Since ${ago(health.since)}.` : nothing}
      Last check ${ago(connection.lastHealthCheckAt)}.</span>`;
}

/** Why it isn't checked, as far as what is at hand tells. */
function whyInactive(connection, integration) {
  if (connection.status !== "active")
    return connection.status === "paused"
      ? "It is paused: no checks until somebody resumes it."
      : "It is disabled: no checks are made.";
  if (integration && integration.status !== "active")
    return html`Its integration is ${word("integrationStatus", integration.status).toLowerCase()}: only
      active ones are checked. <a href="/integrations/${integration.id}">To the integration</a>`;
  if (integration && !integration.healthCheckConfig.enabled)
    return html`Checks are switched off at its integration. <a href="/integrations/${integration.id}">To the integration</a>`;
  return "No checks are made just now.";
}

function chips({ connection, integration }) {
  const found = [
    connection.muted
      ? html`<li class="chip">${icon("bell-off")}Muted until
          ${connection.mutedUntil ? at(connection.mutedUntil) : "it is unmuted"}</li>`
      : null,
    integration?.muted ? html`<li class="chip">${icon("bell-off")}Muted with its integration</li>` : null,
    ...connection.tags.map((tag) => html`<li class="chip"><bdi>${tag}</bdi></li>`),
  ].filter(Boolean);
  return found.length ? html`<ul class="chips" aria-label="Marks and tags">${found}</ul>` : nothing;
}

function actions(shared, checkNow) {
  const { connection, path, changed } = shared;
  const switched = async (verb, done) => {
    try {
      await send("POST", `${path}/${verb}`);
      tell(done);
    } catch (error) {
      tellError(error);
    }
    changed();
  };
  const muting = async () => {
    if (connection.muted) await unmute(path);
    else await mute(path, connection.name);
    changed();
  };
  const editing = async () => (await edit(shared)) && changed();
  return html`
    ${can("operator") ? html`
      ${checkNow.button()}
      ${connection.status === "paused"
        ? button("play", "Resume", () => switched("resume", "Resumed: it is checked at once."))
        : nothing}
      ${connection.status === "active"
        ? button("pause", "Pause", () => switched("pause", "Paused: no checks until it is resumed."))
        : nothing}
      ${connection.muted ? button("bell", "Unmute", muting) : button("bell-off", "Mute", muting)}` : nothing}
    ${can("admin") ? html`
      ${shared.integration ? button("pencil", "Edit", editing) : nothing}
      ${button("trash-2", "Delete", () => remove(shared))}` : nothing}`;
}

const button = (shape, text, act) =>
  html`<button type="button" class="button" @click=${act}>${icon(shape)}${text}</button>`;

async function remove({ connection, path }) {
  const gone = await confirmThat({
    title: html`Delete <bdi>${connection.name}</bdi>?`,
    text: "Its credential, its history and its figures go with it. This cannot be undone.",
    verb: "Delete it",
    act: () => send("DELETE", path),
  });
  if (gone) location.assign("/connections");
}
