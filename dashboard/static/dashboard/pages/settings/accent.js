// The accent colour, with a preview that says how well it can be seen.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { count } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { live } from "../../vendor/lit-html/directives/live.js";

const OWN = "#0f766e"; // --accent of the sheet
const COLOR = /^#[0-9a-f]{6}$/i;
// The surfaces of the sheet, by the scheme of colours.
const SURFACES = { light: "#ffffff", dark: "#171c24" };
const LEAST = 3; // WCAG 2.2, 1.4.11: what marks something must differ so much from its ground

/** `color` as `#rrggbb`, empty for the product's own; `set(color)` when another is chosen. */
export function accentField({ color, error, set }) {
  const isColor = COLOR.test(color);
  return html`<div class="field">
    <label for="field-accentColor">Accent colour <span class="muted">(optional)</span></label>
    <div class="row accent-row">
      <input type="color" aria-label="Pick the accent colour" .value=${live(isColor ? color : OWN)} @input=${(event) => set(event.target.value)}>
      <input id="field-accentColor" name="accentColor" type="text" placeholder="the product's own" maxlength="7" spellcheck="false" autocomplete="off"
        aria-invalid=${error ? "true" : nothing} aria-describedby="accent-preview${error ? " field-accentColor-error" : ""}"
        .value=${live(color)} @input=${(event) => set(event.target.value.trim())}>
      ${color ? html`<button type="button" class="button small" @click=${() => set("")}>Vitals' own</button>` : nothing}
    </div>
    ${error ? html`<small id="field-accentColor-error" class="field-error">${error}</small>` : nothing}
    <div id="accent-preview" class="accent-preview">
      ${Object.entries(SURFACES).map(([scheme, surface]) => preview(scheme, surface, isColor ? color : null))}
    </div>
    ${color && !isColor ? html`<small class="muted">A colour looks like #1a2b3c.</small>` : nothing}
  </div>`;
}

const preview = (scheme, surface, color) => html`
  <div class="accent-sample" data-theme=${scheme} ${ref((element) => element && look.setAccent(element, color))}>
    <span class="button primary" aria-hidden="true">Check now</span>
    ${color ? verdict(scheme, look.contrast(color, surface)) : html`<small>Vitals' own, on ${scheme} pages</small>`}
  </div>`;

const verdict = (scheme, contrast) => html`
  <small>${icon(contrast < LEAST ? "triangle-alert" : "circle-check")}
    ${contrast < LEAST ? "Hard to see" : "Good to see"} on ${scheme} pages: ${count(Math.floor(contrast * 10) / 10)} to 1</small>`;
