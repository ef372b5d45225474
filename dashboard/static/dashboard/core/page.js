// What each page does: load what it shows, draw it, and keep it fresh.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { icon } from "./icons.js";
import { short } from "./format.js";
import { poll } from "./polling.js";
import { changed } from "./routing.js";
import { can } from "./shell.js";
import { sayWhy } from "./toasts.js";

const main = document.getElementById("main");
const lost = document.getElementById("connection-lost");

/** Draw this into the page, in the place of what the server sent. */
export function draw(view) {
  const focused = document.activeElement;
  main.querySelector(":scope > .loading")?.remove();
  render(view, main);
  // What is moved, as rows are that come in another order, loses the focus.
  if (focused !== document.activeElement && main.contains(focused))
    focused.focus({ preventScroll: true });
}

/**
 * Keep a page fresh: call `load` now and again (see `poll`), and `show` after each. Returns a
 * function that looks at once, and resolves when that is shown.
 */
export function keepFresh(load, show) {
  let shown = null; // when something was shown last

  const complain = (error) => {
    if (!(error instanceof ApiError)) throw error;
    if (shown === null || !error.isTrouble) return draw(problem(error, refresh));
    render(stale(error, shown, refresh), lost);
  };
  const refresh = poll(async () => {
    try {
      await load();
      shown = new Date().toISOString();
      render(null, lost);
      show();
      return true;
    } catch (error) {
      if (error.name === "AbortError") return true;
      complain(error);
      return false;
    }
  });
  return refresh;
}

/** Load what a page needs once, and `show` it: for pages that are filled in. */
export async function loadOnce(load, show) {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return draw(problem(error, () => loadOnce(load, show)));
  }
  return show();
}

const stale = (error, since, retry) => html`
  <p class="notice warn">${icon("wifi-off")}
    <span>${error.status ? "Vitals has trouble" : "Vitals can't be reached"}. You see what was
      there ${short(since)}; trying again by itself.</span>
    <button class="button small" type="button" @click=${retry}>Try now</button></p>`;

function problem(error, retry) {
  if (error.status === 404)
    return html`<div class="empty"><h1>Nothing here</h1>
      <p>This was deleted, or never was, or is not yours to see.</p>
      <a class="button" href="/">To the overview</a></div>`;
  // What is asked for when a page opens comes from its address, by the same names.
  if (error.status === 400)
    return html`<div class="empty" role="alert"><h1>This address is not right</h1>
      <p>${sayWhy(error)}</p>
      <a class="button primary" href=${changed(noneOf(error.details))}>Show it without that</a></div>`;
  return html`<div class="empty" role="alert"><h1>That did not work</h1>
    <p>${error.message}</p>
    ${error.requestId ? html`<p class="muted">Request ${error.requestId}</p>` : null}
    <button class="button primary" type="button" @click=${retry}>Try again</button></div>`;
}

const noneOf = (details) => Object.fromEntries(Object.keys(details).map((name) => [name, null]));

/** The title of a page with what can be done there. */
export const heading = (title, { actions = null, above = null, note = null } = {}) => html`
  <div class="heading">
    <div>${above}<h1 dir="auto">${title}</h1>${note ? html`<p class="muted">${note}</p>` : null}</div>
    ${actions ? html`<div class="actions">${actions}</div>` : null}
  </div>`;

const WHO = { operator: "an operator or an admin", admin: "an admin" };

/** Open a page that is for a role, and again where back leads; others are led to `elsewhere`. */
export function openFor(role, open, title, elsewhere) {
  if (can(role)) {
    addEventListener("popstate", open);
    return open();
  }
  return draw(html`${heading(title)}
    <section class="card empty">${icon("lock")}<p>Only ${WHO[role]} of your organisation can do this.</p>
      <a class="button" href=${elsewhere.path}>${elsewhere.words}</a></section>`);
}
