// How a status looks: colour, word and shape, never colour alone.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { at, exact, milliseconds } from "./format.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

export const SHAPES = {
  healthy: "circle-check",
  degraded: "triangle-alert",
  unhealthy: "octagon-x",
  notChecked: "circle-dashed",
  inactive: "pause",
};

const CREDENTIAL_LOOKS = {
  active: ["good", "circle-check"],
  expiring: ["warn", "clock"],
};

/** How a credential's state looks: the class of its badge, and its shape. */
export const credentialLook = (state) => CREDENTIAL_LOOKS[state] ?? ["bad", "octagon-x"];

/** A connection's standing; `size` may be `large`. */
export const badge = (standing, size = "") =>
  html`<span class="badge ${standing} ${size}">${icon(SHAPES[standing])}${word("standing", standing)}</span>`;

/** Whether an integration's connections are checked. */
export const integrationBadge = (status) =>
  html`<span class="badge ${status === "active" ? "good" : ""}">${word("integrationStatus", status)}</span>`;

/**
 * What about a connection makes its trouble less loud: maintenance, `brief` without its end, and
 * that it keeps changing.
 */
export const quietMarks = ({ maintenanceUntil, flapping }, { brief = false } = {}) => html`
  ${maintenanceUntil
    ? html`<span class="badge" title=${brief ? `until ${exact(maintenanceUntil)}` : nothing}>${icon("timer")}<span>In
        maintenance${brief ? nothing : html` until ${at(maintenanceUntil)}`}</span></span>`
    : nothing}
  ${flapping
    ? html`<span class="badge warn" title="It changes often: Vitals tells of it once, and again when it settles">${icon("activity")}Flapping</span>`
    : nothing}`;

/** What a check's bar shows: its status, or that it says nothing of the connection. */
function barOf(check) {
  if (check.maintenance) return "maintenance";
  return check.outcome === "inconclusive" ? "inconclusive" : check.status;
}

const describe = (check) =>
  `${check.maintenance ? "in maintenance, " : ""}${check.status} ${exact(check.createdAt)}, ${milliseconds(check.latencyMs)}` +
  (check.failureCause ? `, ${word("cause", check.failureCause).toLowerCase()}` : "");

/** A connection's latest results as bars, the newest at the right; `checks` newest first. */
export function strip(checks, most = 30) {
  const shown = checks.slice(0, most).reverse();
  const failed = shown.filter((check) => barOf(check) === "unhealthy").length;
  const said = shown.length
    ? `Last ${shown.length} results, ${failed} unhealthy`
    : "No results yet";
  return html`<span class="strip" role="img" aria-label=${said}>
    ${Array.from({ length: most - shown.length }, () => html`<i></i>`)}
    ${shown.map((check) => html`<i class=${barOf(check)} title=${describe(check)}></i>`)}</span>`;
}
