// The credential: its state, when it expires, and how to replace it. Nothing shows a secret.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { expiryField, readCredential, secretFields } from "../../core/credentials.js";
import { ask, confirmThat } from "../../core/dialogs.js";
import { ago } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, word } from "../../core/shell.js";
import { credentialLook } from "../../core/status.js";
import { tell, tellError } from "../../core/toasts.js";

/** Whether its tokens come by a person's consent at the provider. */
export const isConsent = ({ auth }) => auth.grantType === "authorization_code";

/** The card. */
export function credential(shared) {
  const { connection, integration } = shared;
  const { type, state, expiresAt, expirySource } = connection.credential;
  const [look, shape] = credentialLook(state);
  if (integration.auth.type === "none")
    return html`<section class="card" aria-labelledby="credential-title"><h2 id="credential-title">Credential</h2>
      <p class="muted">This API is called without one.</p></section>`;
  return html`<section class="card stack" aria-labelledby="credential-title">
    <div class="row between"><h2 id="credential-title">Credential</h2>
      <span class="badge ${look}">${icon(shape)}${word("credential", state)}</span></div>
    <dl class="facts">
      <dt>Type</dt><dd>${word("authType", type)}</dd>
      ${state === "missing" ? nothing : html`
        <dt>${new Date(expiresAt ?? Infinity) < new Date() ? "Expired" : "Expires"}</dt>
        <dd>${expiresAt ? ago(expiresAt) : html`<span class="muted">nobody has said when</span>`}
          ${expirySource ? html`<small class="muted">(${word("expirySource", expirySource).toLowerCase()})</small>` : nothing}</dd>`}
    </dl>
    ${can("admin") ? html`<div class="actions">${isConsent(integration)
      ? connectButton(shared, "small")
      : nothing}
      <button type="button" class="button small" @click=${() => replace(shared)}>
        ${icon("key-round")}${state === "missing" ? "Enter it" : "Replace"}</button>
      ${state === "missing" ? nothing : html`
        <button type="button" class="button small quiet" @click=${() => remove(shared)}>Remove</button>`}
    </div>` : nothing}
  </section>`;
}

/** Ask for a new secret, which takes the place of the one that is there. */
export async function replace({ connection, integration, path, changed }) {
  const isThere = connection.credential.state !== "missing";
  const stored = await ask({
    title: isThere ? "Replace the credential" : "Enter the credential",
    verb: "Store it",
    body: ({ errors }) => html`
      <p>${isThere ? "The one that is there is forgotten. " : ""}The new one is stored encrypted, never shown again, and tried at once.</p>
      ${secretFields(integration.secretFields, errors)}
      ${expiryField(errors)}`,
    act: (entered) =>
      send("PUT", `${path}/credential`, readCredential(entered, integration.auth.type, integration.secretFields)),
  });
  if (!stored) return;
  tell("Stored: the new credential is tried at once.");
  changed();
}

/** Leads to the consent at the provider. */
export const connectButton = (shared, size = "") => html`
  <button type="button" class="button primary ${size}" @click=${() => connectAtProvider(shared)}>
    ${icon("link")}${shared.connection.credential.state === "missing" ? "Connect" : "Reconnect"}</button>`;

/** Go to the provider, which leads back to this page. */
async function connectAtProvider({ path }) {
  try {
    const { authorizationUrl } = await send("POST", `${path}/oauth/start`, { returnTo: location.pathname });
    location.assign(authorizationUrl);
  } catch (error) {
    tellError(error);
  }
}

async function remove({ path, changed }) {
  const gone = await confirmThat({
    title: "Remove the credential?",
    text: "The connection stays, and is unhealthy until it has one again.",
    verb: "Remove it",
    act: () => send("DELETE", `${path}/credential`),
  });
  if (gone) changed();
}
