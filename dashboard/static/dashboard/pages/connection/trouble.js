// What is wrong, whose it is to act, and the one next step.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { nextStep } from "../../core/advice.js";
import { ago, at } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, word } from "../../core/shell.js";
import { connectButton, isConsent, replace } from "./credential.js";

const OF_INTEGRATION = ["configuration", "contract", "network"]; // causes that are mended there

/** A card, unless all is well or nothing is known yet. */
export function trouble(shared) {
  const { connection } = shared;
  const { health, standing } = connection;
  const last = health.lastCheck;
  if (!["degraded", "unhealthy"].includes(standing)) return nothing;
  return html`<section class="card trouble ${standing} stack" aria-labelledby="trouble-title">
    <h2 id="trouble-title">What is wrong</h2>
    ${last?.error ? html`<p><b>${last.error.message}</b></p>` : nothing}
    <ul class="bullets">${health.reasons.map((reason) => html`<li>${word("reason", reason)}</li>`)}</ul>
    <p class="row muted"><span>Since ${health.since ? html`${at(health.since)} (${ago(health.since)})` : "its first check"}</span>
      ${last?.failureCause ? html`<span class="chip">${word("cause", last.failureCause)}</span>` : nothing}</p>
    ${last?.suggestedResolution ? nextStep(last.suggestedResolution) : nothing}
    ${step(shared, last)}
  </section>`;
}

/** The next step as a button, where we can lead there. */
function step(shared, last) {
  const { connection, integration } = shared;
  if (!integration || !can("admin")) return nothing;
  const isOfCredential =
    last?.failureCause === "credential" || connection.credential.state !== "active";
  if (isOfCredential && integration.auth.type !== "none")
    return html`<div class="actions">${isConsent(integration)
      ? connectButton(shared)
      : html`<button type="button" class="button primary" @click=${() => replace(shared)}>
          ${icon("key-round")}Enter a new credential</button>`}</div>`;
  if (OF_INTEGRATION.includes(last?.failureCause))
    return html`<div class="actions"><a class="button" href="/integrations/${integration.id}">
      ${icon("building-2")}Open the integration</a></div>`;
  return nothing;
}
