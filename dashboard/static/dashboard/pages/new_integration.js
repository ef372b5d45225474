// Add an integration: from the catalogue, of an OpenAPI document, or by hand.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { cache } from "../vendor/lit-html/directives/cache.js";
import { icon } from "../core/icons.js";
import { draw, heading, openFor } from "../core/page.js";
import { changed, follow, parameter } from "../core/routing.js";
import { byHand } from "./new_integration/by_hand.js";
import { catalogue } from "./new_integration/catalogue.js";
import { openApi } from "./new_integration/openapi.js";

const WAYS = [
  ["catalogue", "From the catalogue", "list", catalogue],
  ["openapi", "Import OpenAPI", "file-up", openApi],
  ["hand", "By hand", "pencil", byHand],
];

const parts = new Map(); // of the page, by way: one that was left stays as it is
let shown = null; // the way that is shown

function open() {
  const [name, , , part] = WAYS.find(([way]) => way === parameter("by")) ?? WAYS[0];
  if (!parts.has(name)) parts.set(name, part(redraw));
  shown = name;
  parts.get(name).open();
}

function redraw() {
  draw(html`
    ${heading("Add an integration", {
      above: html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/integrations">Integrations</a></nav>`,
    })}
    <nav class="segments" aria-label="How">${WAYS.map(tab)}</nav>
    ${cache(parts.get(shown).view())}`);
}

const tab = ([name, title, shape]) => {
  const target = { by: name, provider: null };
  return html`<a href=${changed(target)} aria-current=${name === shown ? "page" : nothing}
    @click=${follow(target, open)}>${icon(shape)}${title}</a>`;
};

openFor("admin", open, "Add an integration", { path: "/integrations", words: "To the integrations" });
