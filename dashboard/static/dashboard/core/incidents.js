// Provider incidents, as list and page show them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, send } from "./api.js";
import { ago, count, duration, plural } from "./format.js";
import { icon } from "./icons.js";
import { can } from "./shell.js";
import { tell, tellError } from "./toasts.js";

/** Whether it goes on. */
export const incidentBadge = ({ state }, size = "") =>
  state === "open"
    ? html`<span class="badge bad ${size}">${icon("zap")}Open</span>`
    : html`<span class="badge good ${size}">${icon("circle-check")}Resolved</span>`;

/** How long it went on, or has so far. */
export const lasted = ({ startedAt, resolvedAt }) =>
  duration(((resolvedAt ? Date.parse(resolvedAt) : Date.now()) - Date.parse(startedAt)) / 1000);

/** How many of its connections are down, of all that were. */
export const reach = ({ state, connectionsDown, connectionsAffected }) =>
  state === "open"
    ? `${count(connectionsDown)} of ${plural(connectionsAffected, "connection")} down`
    : `${plural(connectionsAffected, "connection")} affected`;

/** That it is not this organisation's alone; nothing where that is not known. */
export function wider({ wider: isWider, organisationsAffected }) {
  if (!isWider) return nothing;
  return html`<span class="chip">${icon("users")}${organisationsAffected
    ? `${count(organisationsAffected)} organisations have the same trouble`
    : "Other organisations have the same trouble"}</span>`;
}

/** Who has seen it, or the button to say so; `refresh` looks again. */
export function incidentSeen(incident, refresh) {
  if (incident.acknowledgedAt)
    return html`<span>${icon("check")} <bdi>${incident.acknowledgedBy ?? "Somebody"}</bdi>
      <small class="muted">${ago(incident.acknowledgedAt)}</small></span>`;
  if (incident.state !== "open" || !can("operator")) return html`<span class="muted">Not seen</span>`;
  return html`<button type="button" class="button small" aria-label="Acknowledge the incident of ${incident.integrationName}"
    @click=${() => acknowledge(incident, refresh)}>${icon("check")}Acknowledge</button>`;
}

async function acknowledge({ id }, refresh) {
  try {
    await send("POST", `/incidents/${id}/acknowledge`);
    tell("Acknowledged.");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tellError(error);
  }
  refresh();
}
