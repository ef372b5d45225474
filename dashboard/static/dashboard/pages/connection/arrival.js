// What the address says on the way back from a provider: whether it gave its consent.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";

/** Returns the notice, which goes when it is closed; the address is cleaned. */
export function arrival(redraw) {
  const query = new URLSearchParams(location.search);
  let isConnected = query.has("connected");
  let why = query.get("notConnected");
  if (isConnected || why) {
    query.delete("connected");
    query.delete("notConnected");
    const rest = query.toString();
    history.replaceState(history.state, "", location.pathname + (rest && `?${rest}`));
  }
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
