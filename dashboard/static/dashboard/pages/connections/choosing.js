// Doing something with many connections at once.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { count, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { selecting } from "../../core/selecting.js";
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
  let busy = null; // the action
  let refused = null;
  const selection = selecting(() => {
    refused = null;
    redraw();
  });
  const clear = () => {
    selection.clear();
    refused = null;
  };

  async function act(action, done) {
    if (busy) return;
    busy = action;
    refused = null;
    redraw();
    try {
      const answer = await send("POST", "/connections/bulk", { action, ids: selection.rows().map(({ id }) => id) });
      tell(`${plural(answer.count, "connection")} ${answer.count === 1 ? "is" : "are"} ${done}.`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409 && error.details.ids) refused = error;
      else tellError(error);
    }
    busy = null;
    refresh();
  }

  const box = (connection) => selection.box(connection, connection.name);

  const view = () =>
    selection.rows().length
      ? html`<div class="actions" role="group" aria-label="With those selected">
          ${ACTIONS.map(([action, label, shape, done]) => html`
            <button type="button" class="button small" aria-disabled=${String(busy !== null)} @click=${() => act(action, done)}>
              ${busy === action ? icon("refresh-cw", "spin") : icon(shape)}${label}</button>`)}
          <button type="button" class="button small quiet" @click=${() => (clear(), redraw())}>${icon("x")}Unselect</button></div>`
      : nothing;

  const problem = () => {
    if (!refused) return nothing;
    const names = new Map(selection.rows().map(({ id, name }) => [id, name]));
    const rows = refused.details.ids.map((id) => ({ id, name: names.get(id) ?? id }));
    const more = rows.length - MOST_NAMED;
    return html`<div class="notice warn" role="alert">${icon("triangle-alert")}
      <span>${refused.message} Nothing was changed. They are:
        ${rows.slice(0, MOST_NAMED).map(({ name }, n) => html`${n ? ", " : nothing}<bdi class="brief" title=${name}>${name}</bdi>`)}${
          more > 0 ? ` and ${count(more)} more` : nothing}.</span>
      <button type="button" class="button small" @click=${() => selection.choose(rows, false)}>Unselect these</button></div>`;
  };

  return { box, all: selection.all, view, problem, clear };
}
