// The integration's name and what can be done with it as a whole.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { authFields, readAuth } from "../../core/auth_fields.js";
import { ask, confirmThat } from "../../core/dialogs.js";
import { readHeaders, showHeaders } from "../../core/entries.js";
import { field } from "../../core/forms.js";
import { at, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { mute, unmute } from "../../core/muting.js";
import { heading } from "../../core/page.js";
import { can } from "../../core/shell.js";
import { integrationBadge } from "../../core/status.js";
import { readTags, tagsField } from "../../core/tags.js";
import { tell, tellError } from "../../core/toasts.js";

const NOTES = {
  draft: "A draft: its connections are not tested until it is active.",
  disabled: "Disabled: its connections are not tested.",
};

/** The head of the page. */
export function head({ place, state, refresh }) {
  const { integration } = state;
  return html`<div class="whole-name">
    ${heading(integration.name, {
      above: html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/integrations">Integrations</a></nav>`,
      note: noteOn(state),
      actions: buttons({ place, state, refresh }),
    })}
    ${NOTES[integration.status]
      ? html`<p class="notice warn">${icon("triangle-alert")}<span>${NOTES[integration.status]}</span></p>`
      : nothing}</div>`;
}

const noteOn = ({ integration, provider }) => html`
  <span class="row">${integrationBadge(integration.status)}
    <span>${provider?.name ?? integration.provider ?? "A custom integration"}</span>
    ${integration.muted ? html`<span class="chip">${icon("bell-off")}${silence(integration)}</span>` : nothing}</span>`;

const silence = ({ mutedUntil }) => (mutedUntil ? html`Muted until ${at(mutedUntil)}` : "Muted");

function buttons({ place, state, refresh }) {
  const { integration } = state;
  const isActive = integration.status === "active";
  const setStatus = () => setStatusTo(isActive ? "disabled" : "active", { place, state, refresh });
  const turnSilence = async () => {
    await (integration.muted ? unmute(place) : mute(place, integration.name));
    refresh();
  };
  return html`
    ${can("admin")
      ? html`<button type="button" class="button ${isActive ? "" : "primary"}" @click=${setStatus}>
          ${icon(isActive ? "pause" : "play")}${isActive ? "Disable" : "Activate"}</button>`
      : nothing}
    ${can("operator")
      ? html`<button type="button" class="button" @click=${turnSilence}>
          ${icon(integration.muted ? "bell" : "bell-off")}${integration.muted ? "Unmute" : "Mute"}</button>`
      : nothing}
    ${can("admin")
      ? html`<button type="button" class="button" @click=${() => edit({ place, integration, refresh })}>
            ${icon("pencil")}Edit</button>
          <button type="button" class="button" @click=${() => remove({ place, state })}>${icon("trash-2")}Delete</button>`
      : nothing}`;
}

async function setStatusTo(status, { place, state, refresh }) {
  const act = () => send("PATCH", place, { status });
  if (status === "active") {
    try {
      await act();
      tell("It is active: its connections are tested.");
    } catch (error) {
      tellError(error);
    }
  } else {
    const total = state.counted?.total ?? 0;
    const done = await ask({
      title: "Disable this integration?",
      body: () => html`<p>Its ${plural(total, "connection")} will not be tested until it is active again.</p>`,
      verb: "Disable it",
      act,
    });
    if (done) tell("It is disabled.");
  }
  refresh();
}

async function remove({ place, state }) {
  const total = state.counted?.total ?? 0;
  const gone = await confirmThat({
    title: "Delete this integration?",
    text: `Its actions, its ${plural(total, "connection")} with their credentials, and all that was recorded
      of them go with it. Nobody can bring them back.`,
    verb: "Delete all of it",
    act: () => send("DELETE", place),
  });
  if (gone) location.assign("/integrations");
}

async function edit({ place, integration, refresh }) {
  const form = { auth: integration.auth, isAuthTouched: false };
  // The API knows more than one way to write the same: what nobody touched stays as it was written.
  const touchAuth = () => (form.isAuthTouched = true);
  const done = await ask({
    title: "Edit the integration",
    verb: "Save",
    wide: true,
    body: ({ errors, redraw }) => html`
      ${field({
        name: "name",
        label: "Name",
        value: integration.name,
        error: errors.name,
        required: true,
        maxlength: 200,
      })}
      ${field({
        name: "baseUrl",
        label: "Base URL",
        value: integration.baseUrl,
        error: errors.baseUrl,
        required: true,
        maxlength: 2000,
        inputmode: "url",
      })}
      <div class="fields" @input=${touchAuth}>${authFields(form, { errors, redraw })}</div>
      ${field({
        name: "headers",
        label: "Headers of every call",
        rows: 3,
        optional: true,
        value: showHeaders(integration.headers),
        error: errors.headers,
      })}
      ${tagsField(errors, { value: integration.tags })}`,
    act: (entered) =>
      send("PATCH", place, {
        name: entered.get("name").trim(),
        baseUrl: entered.get("baseUrl").trim(),
        ...(form.isAuthTouched && { auth: readAuth(entered) }),
        headers: readHeaders(entered.get("headers")),
        tags: readTags(entered),
      }),
  });
  if (!done) return;
  tell("Saved.");
  refresh();
}
