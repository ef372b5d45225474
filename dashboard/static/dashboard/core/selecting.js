// Choosing several rows of a list, to do something with all of them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { count } from "./format.js";

/**
 * What is chosen, over all pages: `box(row, name)` chooses one, `all(rows)` those shown, `rows()`
 * is what is chosen; `changed` is called after a choice.
 */
export function selecting(changed) {
  const chosen = new Map(); // rows by id
  const choose = (rows, isChosen) => {
    for (const row of rows)
      if (isChosen) chosen.set(row.id, row);
      else chosen.delete(row.id);
    changed();
  };
  const box = (row, name) => html`
    <input type="checkbox" aria-label="Select ${name}" .checked=${live(chosen.has(row.id))}
      @change=${({ target }) => choose([row], target.checked)}>`;
  const all = (rows) => {
    const many = rows.filter(({ id }) => chosen.has(id)).length;
    return html`<label class="check"><input type="checkbox"
        .checked=${live(many > 0 && many === rows.length)} .indeterminate=${live(many > 0 && many < rows.length)}
        @change=${({ target }) => choose(rows, target.checked)}>
      <span>Select all on this page</span></label>
      <span role="status" class=${chosen.size ? "muted" : "visually-hidden"}>${chosen.size ? `${count(chosen.size)} selected` : nothing}</span>`;
  };
  return { box, all, choose, rows: () => [...chosen.values()], clear: () => chosen.clear() };
}
