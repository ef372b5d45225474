// The pages of a list, by the API's cursors. The one that is shown is in the address; those before
// it are kept with the browser's history, so that reload and back work.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { changed, parameter } from "./routing.js";

/**
 * Buttons to the pages around, below a list with this `pagination`; `then` loads what they lead to,
 * and `top` is where the list begins.
 */
export function pager({ hasMore, cursor: next }, then, top = document.body) {
  const current = parameter("cursor");
  if (!current && !hasMore) return nothing;
  const earlier = history.state?.earlier ?? [];
  const go = (cursor, before) => () => {
    history.pushState({ earlier: before }, "", changed({ cursor }));
    top.scrollIntoView();
    then();
  };
  return html`<nav class="row between pager" aria-label="Pages">
    <button type="button" class="button small" ?disabled=${!current}
      @click=${go(earlier.at(-1) ?? null, earlier.slice(0, -1))}>${icon("chevron-left")}Previous</button>
    <button type="button" class="button small" ?disabled=${!hasMore}
      @click=${go(next, [...earlier, current])}>Next${icon("chevron-right")}</button></nav>`;
}
