// Choosing several rows of a list, to do something with all of them.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { count } from "./format.js";

/** What is chosen, by id: `box(row, name)` chooses one, `all(rows)` those shown. */
export function selecting(redraw) {
  const chosen = new Set();
  const choose = (rows, isChosen) => {
    for (const { id } of rows)
      if (isChosen) chosen.add(id);
      else chosen.delete(id);
    redraw();
  };
  const box = (row, name) => html`
    <input type="checkbox" aria-label="Select ${name}" .checked=${live(chosen.has(row.id))}
      @change=${({ target }) => choose([row], target.checked)}>`;
  const all = (rows) => {
    const many = rows.filter(({ id }) => chosen.has(id)).length;
    return html`<label class="check"><input type="checkbox"
        .checked=${live(many > 0 && many === rows.length)} .indeterminate=${live(many > 0 && many < rows.length)}
        @change=${({ target }) => choose(rows, target.checked)}>
      <span>Select all shown</span></label>
      <span role="status" class="muted">${many ? `${count(many)} selected` : nothing}</span>`;
  };
  return {
    box,
    all: (rows) => (rows.length ? all(rows) : nothing),
    of: (rows) => rows.filter(({ id }) => chosen.has(id)),
    clear: () => chosen.clear(),
  };
}
