// The pages about what goes wrong and who is told: one section, a page each.

import { html, nothing } from "../vendor/lit-html/lit-html.js";

const PAGES = [
  ["/alerts", "Alerts"],
  ["/incidents", "Incidents"],
  ["/notices", "Notices"],
  ["/maintenance", "Maintenance"],
  ["/channels", "Channels"],
];

/** Links to all of them. */
export const tellingPages = () => html`
  <nav class="segments" aria-label="About alerts">${PAGES.map(([path, title]) => html`
    <a href=${path} aria-current=${path === location.pathname ? "page" : nothing}>${title}</a>`)}</nav>`;
