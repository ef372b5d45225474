// Doing something with many connections at once.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { ApiError, send } from "../../core/api.js";
import { count, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { tell, tellError } from "../../core/toasts.js";

const ACTIONS = [
  ["check", "Check now", "stethoscope", "checked as soon as their integrations' pace allows"],
  ["pause", "Pause", "pause", "paused"],
  ["resume", "Resume", "play", "resumed"],
];
const MOST_NAMED = 5;

/**
 * What is chosen, over all pages: `box(connection)` chooses one, `all(rows)` those shown, `view()`
 * says how many and what can be done, `problem()` which of them stand in the way.
 */
export function choosing({ redraw, refresh }) {
  const names = new Map(); // of those that are chosen, by id
  let busy = null; // the action
  let refused = null;

  const choose = (rows, isChosen) => {
    for (const { id, name } of rows)
      if (isChosen) names.set(id, name);
      else names.delete(id);
    refused = null;
    redraw();
  };
  const clear = () => {
    names.clear();
    refused = null;
  };

  async function act(action, done) {
    if (busy) return;
    busy = action;
    refused = null;
    redraw();
    try {
      const answer = await send("POST", "/connections/bulk", { action, ids: [...names.keys()] });
      tell(`${plural(answer.count, "connection")} ${answer.count === 1 ? "is" : "are"} ${done}.`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409 && error.details.ids) refused = error;
      else tellError(error);
    }
    busy = null;
    refresh();
  }

  const box = (connection) => html`
    <input type="checkbox" aria-label="Select ${connection.name}" .checked=${live(names.has(connection.id))}
      @change=${({ target }) => choose([connection], target.checked)}>`;

  const all = (rows) => {
    const chosen = rows.filter(({ id }) => names.has(id)).length;
    return html`<label class="check"><input type="checkbox"
        .checked=${live(chosen > 0 && chosen === rows.length)}
        .indeterminate=${live(chosen > 0 && chosen < rows.length)}
        @change=${({ target }) => choose(rows, target.checked)}>
      <span role="status">${names.size ? `${count(names.size)} selected` : "Select all on this page"}</span></label>`;
  };

  const view = () =>
    names.size
      ? html`<div class="actions" role="group" aria-label="With those selected">
          ${ACTIONS.map(([action, label, shape, done]) => html`
            <button type="button" class="button small" aria-disabled=${String(busy !== null)} @click=${() => act(action, done)}>
              ${busy === action ? icon("refresh-cw", "spin") : icon(shape)}${label}</button>`)}
          <button type="button" class="button small quiet" @click=${() => (clear(), redraw())}>${icon("x")}Unselect</button></div>`
      : nothing;

  const problem = () => {
    if (!refused) return nothing;
    const rows = refused.details.ids.map((id) => ({ id, name: names.get(id) ?? id }));
    const more = rows.length - MOST_NAMED;
    return html`<div class="notice warn" role="alert">${icon("triangle-alert")}
      <span>${refused.message} Nothing was changed. They are:
        ${rows.slice(0, MOST_NAMED).map(({ name }, n) => html`${n ? ", " : nothing}<bdi class="brief" title=${name}>${name}</bdi>`)}${
          more > 0 ? ` and ${count(more)} more` : nothing}.</span>
      <button type="button" class="button small" @click=${() => choose(rows, false)}>Unselect these</button></div>`;
  };

  return { box, all, view, problem, clear };
}
