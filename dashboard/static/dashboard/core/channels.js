// Channels: how one fares, and what its kind says.

import { html } from "../vendor/lit-html/lit-html.js";
import { get } from "./api.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

const LOOKS = { active: ["good", "circle-check"], failing: ["warn", "triangle-alert"], disabled: ["", "pause"] };

/** Its state; one that Vitals gave up on looks worse than one that was turned off. */
export function channelBadge({ state, disabledReason }, size = "") {
  const [look, shape] = disabledReason ? ["bad", "octagon-x"] : LOOKS[state];
  const text = disabledReason ? "Disabled" : word("channelState", state);
  return html`<span class="badge ${look} ${size}">${icon(shape)}${text}</span>`;
}

/** Resolves with the kinds of channels, by their codes. */
export async function channelKinds() {
  const kinds = await get("/notification-channels/kinds");
  return new Map(kinds.map((kind) => [kind.kind, kind]));
}
