// What the catalogue says of a provider.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";

/** What to know of it, and where it says more. */
export const providerFacts = ({ notes, docs, statusPage }) => html`
  ${notes.length
    ? html`<h3>Good to know</h3><ul class="bullets">${notes.map((text) => html`<li>${text}</li>`)}</ul>`
    : nothing}
  ${docs || statusPage
    ? html`<p class="row">${docs ? outside(docs, "Documentation") : nothing}
        ${statusPage ? outside(statusPage, "Status page") : nothing}</p>`
    : nothing}`;

const outside = (url, text) =>
  html`<a href=${url} rel="noreferrer" target="_blank">${text} ${icon("external-link")}</a>`;
