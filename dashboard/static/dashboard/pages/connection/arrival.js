// What the address says on the way back from a provider: whether it gave its consent.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { icon } from "../../core/icons.js";
import { note, parameter } from "../../core/routing.js";
import { isCode, word } from "../../core/shell.js";

/** Returns the notice, which goes when it is closed; the address is cleaned. */
export function arrival(redraw) {
  let isConnected = Boolean(parameter("connected"));
  let why = parameter("notConnected");
  if (isConnected || why) note({ connected: null, notConnected: null });
  if (!isCode("notConnected", why)) why = null;
  const close = () => {
    isConnected = false;
    why = null;
    redraw();
  };
  return () => {
    if (!isConnected && !why) return nothing;
    return html`<div class="notice ${isConnected ? "good" : "bad"}" role="status">
      ${icon(isConnected ? "circle-check" : "triangle-alert")}
      <span>${isConnected ? "Connected: there are new tokens, and they are tried at once." : word("notConnected", why)}</span>
      <button type="button" class="button quiet small icon-only" aria-label="Close" @click=${close}>${icon("x")}</button>
    </div>`;
  };
}
