// The latest hours or days, as one click.

import { html } from "../../vendor/lit-html/lit-html.js";

const HOUR = 3_600_000; // ms
const MINUTE = 60_000;

/** The spans in ms, by what `within` says of them in the address. */
export const SPANS = { "1h": HOUR, "24h": 24 * HOUR, "7d": 7 * 24 * HOUR };

/** When a span began that ends now: to the minute, so that the same is asked again. */
export const startOf = (span) =>
  new Date(Math.floor((Date.now() - SPANS[span]) / MINUTE) * MINUTE).toISOString();

/** Buttons for them; pressed ones let go. */
export const spans = ({ within }, change) => html`
  <div class="segments" role="group" aria-label="The latest">${Object.keys(SPANS).map((span) => html`
    <button type="button" aria-pressed=${String(span === within)}
      @click=${() => change({ within: span === within ? null : span, from: null, to: null })}>${span}</button>`)}
  </div>`;
