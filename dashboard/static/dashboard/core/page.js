// What each page does: load what it shows, draw it, and keep it fresh.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { icon } from "./icons.js";
import { short } from "./format.js";
import { changed } from "./routing.js";
import { can } from "./shell.js";
import { sayWhy } from "./toasts.js";

const EVERY = 4_000; // ms between two looks: within five seconds a page shows what has changed
const SHARE = 20; // a page leaves the server alone for this many times as long as it took
const LONGEST = 60_000; // ms between two tries while something is wrong

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
 * Keep a page fresh: call `load` now and again, and `show` after each.
 *
 * By conditional polling: a stream of server-sent events would hold one of the server's few
 * threads for each open page. Only while the page is visible, slower while the server is slow or
 * away. Returns a function that looks at once, and resolves when that is shown.
 */
export function keepFresh(load, show) {
  let timer = null;
  let running = null;
  let again = false;
  let failures = 0;
  let shown = null; // when something was shown last
  let before = 0; // ms that the look before took

  const look = async () => {
    const began = performance.now();
    try {
      await load();
      failures = 0;
      shown = new Date().toISOString();
      render(null, lost);
      show();
    } catch (error) {
      if (error.name === "AbortError") return;
      failures += 1;
      complain(error);
    } finally {
      clearTimeout(timer);
      timer = setTimeout(() => document.hidden || refresh(), pause(performance.now() - began));
    }
  };

  // How long to wait after a look that took so many ms. A single slow one, as the first, tells
  // nothing of the server.
  const pause = (took) => {
    const slowness = Math.min(took, before);
    before = took;
    return Math.min(Math.max(EVERY, SHARE * slowness) * 2 ** Math.min(failures, 4), LONGEST);
  };

  const complain = (error) => {
    if (!(error instanceof ApiError)) throw error;
    if (shown === null || !error.isTrouble) return draw(problem(error, refresh));
    render(stale(error, shown, refresh), lost);
  };

  // One look at a time; who asks meanwhile gets another one after it.
  const refresh = () => {
    if (running) {
      again = true;
      return running;
    }
    running = look().finally(() => {
      running = null;
      if (again) {
        again = false;
        return refresh();
      }
    });
    return running;
  };

  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  for (const event of ["online", "offline", "signedin"]) addEventListener(event, refresh);
  refresh();
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

/** Open a page that is for admins alone, and again where back leads; others are led to `elsewhere`. */
export function openForAdmins(open, title, elsewhere) {
  if (can("admin")) {
    addEventListener("popstate", open);
    return open();
  }
  return draw(html`${heading(title)}
    <section class="card empty">${icon("lock")}<p>Only an admin of your organisation can do this.</p>
      <a class="button" href=${elsewhere.path}>${elsewhere.words}</a></section>`);
}
