// Parts of a page that are loaded by themselves, so that the rest need not wait for them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { icon } from "./icons.js";
import { sayWhy } from "./toasts.js";

/**
 * A part: `look()` loads it unless it was loaded less than `stay` ms ago, `now()` in any case;
 * `show` is called when something has changed. `view(draw)` is `draw(data)`, once it is there.
 */
export function part(load, show, { stay = 60_000 } = {}) {
  let data = null;
  let error = null;
  let loadedAt = -Infinity;
  let running = 0; // number of the latest load, 0 while there is none
  let number = 0;

  const now = async () => {
    running = number += 1;
    const mine = running;
    try {
      const found = await load();
      if (mine !== number) return; // a later one asked for something else
      data = found;
      error = null;
      loadedAt = performance.now();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (mine !== number) return;
      error = failure;
    } finally {
      if (mine === number) running = 0;
    }
    show();
  };
  const look = () => {
    if (!running && performance.now() - loadedAt >= stay) now();
  };
  const view = (draw) => {
    // What was there before stands for what is there now, not for something else that was asked for.
    if (data !== null && error?.status !== 400) return draw(data);
    return error ? failed(error, now) : html`<p class="muted part-loading">Loading…</p>`;
  };
  return { look, now, view };
}

const failed = (error, retry) => html`
  <div class="notice warn">${icon("triangle-alert")}<span>${sayWhy(error)}</span>
    ${error.status === 400
      ? nothing
      : html`<button type="button" class="button small" @click=${retry}>Try again</button>`}</div>`;
