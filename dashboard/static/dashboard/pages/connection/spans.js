// Which span of time a part shows.

import { html } from "../../vendor/lit-html/lit-html.js";

/** Buttons of which one is pressed; `choose` is called with another. */
export const spanButtons = (spans, chosen, choose) => html`
  <div class="segments" role="group" aria-label="Span of time">${spans.map((span) => html`
    <button type="button" aria-pressed=${String(span === chosen)} @click=${() => span !== chosen && choose(span)}>${span}</button>`)}</div>`;
