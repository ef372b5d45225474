// The pages of a list, by the API's cursors. The one that is shown is in the address; those before
// it are kept with the browser's history, so that reload and back work.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { changed, parameter } from "./routing.js";

/** What the buttons of a list say that begins with the newest. */
export const NEWEST_FIRST = ["Newer", "Older"];

/**
 * Buttons to the pages around, below a list with this `pagination`; `then` loads what they lead to,
 * `top` is where the list begins, and `words` what the buttons say.
 */
export function pager(
  { hasMore, cursor: next },
  then,
  { top = document.body, words: [before, after] = ["Previous", "Next"] } = {},
) {
  const current = parameter("cursor");
  if (!current && !hasMore) return nothing;
  const earlier = history.state?.earlier ?? [];
  const go = (cursor, pages) => () => {
    history.pushState({ earlier: pages }, "", changed({ cursor }));
    top.scrollIntoView();
    then();
  };
  return html`<nav class="row between pager" aria-label="Pages">
    <button type="button" class="button small" ?disabled=${!current}
      @click=${go(earlier.at(-1) ?? null, earlier.slice(0, -1))}>${icon("chevron-left")}${before}</button>
    <button type="button" class="button small" ?disabled=${!hasMore}
      @click=${go(next, [...earlier, current])}>${after}${icon("chevron-right")}</button></nav>`;
}
