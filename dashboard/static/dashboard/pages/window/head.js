import { html } from "../../vendor/lit-html/lit-html.js";

/** Where a page about one window is. */
export const crumbs = html`
  <nav aria-label="Where this is" class="crumbs muted"><a href="/maintenance">Maintenance</a></nav>`;
