// Settings: the organisation, who and what acts for it, and what is the person's own.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { changed, follow, parameter } from "../core/routing.js";
import { can } from "../core/shell.js";
import { keys } from "./settings/keys.js";
import { members } from "./settings/members.js";
import { organisation } from "./settings/organisation.js";
import { you } from "./settings/you.js";

// Each has `title`, `load()` and `view(refresh)`; without `needs` everybody may see it.
const SECTIONS = { organisation, members, keys, you };
const open = Object.entries(SECTIONS).filter(([, section]) => can(section.needs ?? "viewer"));

const loaded = new Set();
let current = ofAddress();

function ofAddress() {
  const asked = parameter("section");
  return open.some(([name]) => name === asked) ? asked : open[0][0];
}

const refresh = keepFresh(async () => {
  const name = current;
  await SECTIONS[name].load();
  loaded.add(name);
}, show);

function show() {
  draw(html`
    ${heading("Settings")}
    <nav class="segments" aria-label="Sections">${open.map(tab)}</nav>
    ${loaded.has(current) ? SECTIONS[current].view({ refresh, show }) : waiting}`);
}

const waiting = html`
  <div class="loading" role="status"><span class="visually-hidden">Loading</span></div>`;

const tab = ([name, { title }]) => html`
  <a href=${changed({ section: name })} aria-current=${name === current ? "page" : nothing}
    @click=${follow({ section: name }, turn)}>${title}</a>`;

function turn() {
  current = ofAddress();
  show();
  refresh();
}

addEventListener("popstate", turn);
addEventListener("themechange", show);
