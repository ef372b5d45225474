// How a status looks: colour, word and shape, never colour alone.

import { html } from "../vendor/lit-html/lit-html.js";
import { exact, milliseconds } from "./format.js";
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

/** What a check's bar shows: its status, or that it said nothing. */
const barOf = (check) => (check.outcome === "inconclusive" ? "inconclusive" : check.status);

const describe = (check) =>
  `${barOf(check)} ${exact(check.createdAt)}, ${milliseconds(check.latencyMs)}` +
  (check.failureCause ? `, ${word("cause", check.failureCause).toLowerCase()}` : "");

/** A connection's latest results as bars, the newest at the right; `checks` newest first. */
export function strip(checks, most = 30) {
  const shown = checks.slice(0, most).reverse();
  const failed = shown.filter((check) => check.status === "unhealthy").length;
  const said = shown.length
    ? `Last ${shown.length} results, ${failed} unhealthy`
    : "No results yet";
  return html`<span class="strip" role="img" aria-label=${said}>
    ${Array.from({ length: most - shown.length }, () => html`<i></i>`)}
    ${shown.map((check) => html`<i class=${barOf(check)} title=${describe(check)}></i>`)}</span>`;
}
