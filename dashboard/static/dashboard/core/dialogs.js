// Questions that need an answer before anything happens.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { errorsOf, focusError, formError } from "./forms.js";

let number = 0;

/**
 * Open a dialog; resolve with what it was closed with, null when the person left it.
 *
 * `body({redraw, close, dialog})` draws what stands below the title. With `mustAnswer` there is no
 * way out but what is drawn there.
 */
export function open({ title, body, wide = false, mustAnswer = false }) {
  const dialog = document.createElement("dialog");
  const titleId = `dialog-${number++}`;
  const before = document.activeElement;
  dialog.setAttribute("aria-labelledby", titleId);
  dialog.classList.toggle("wide", wide);
  document.body.append(dialog);
  return new Promise((resolve) => {
    const close = (result = null) => {
      dialog.close();
      dialog.remove();
      before?.focus?.();
      resolve(result);
    };
    const redraw = () =>
      render(
        html`<div class="stack"><h2 id=${titleId}>${title}</h2>${body({ redraw, close, dialog })}</div>`,
        dialog,
      );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!mustAnswer) close();
    });
    redraw();
    dialog.showModal();
  });
}

/**
 * Ask; resolve with what `act` returned, or null when the person did not want to.
 *
 * `body({errors, redraw, close})` draws the fields, `act(FormData)` does it. Where that fails the
 * dialog stays open with what was typed, and says why.
 */
export function ask({ title, body, verb, act, danger = false, wide = false }) {
  let error = null;
  let busy = false;
  const submit = async (event, { redraw, close, dialog }) => {
    event.preventDefault();
    busy = true;
    error = null;
    redraw();
    try {
      return close((await act(new FormData(event.target))) ?? true);
    } catch (failure) {
      busy = false;
      error = failure instanceof ApiError ? failure : null;
      redraw();
      if (!error) throw failure;
      return focusError(dialog);
    }
  };
  const form = (opened) => html`
    <form @submit=${(event) => submit(event, opened)} class="stack" novalidate>
      ${formError(error)}
      ${body({ errors: errorsOf(error), ...opened })}
      <div class="actions end">
        <button type="button" class="button" @click=${() => opened.close()}>Cancel</button>
        <button class="button ${danger ? "danger" : "primary"}" ?disabled=${busy}>${verb}</button>
      </div></form>`;
  return open({ title, wide, body: form });
}

/** Ask whether something shall be done that cannot be taken back. */
export const confirmThat = ({ title, text, verb, act }) =>
  ask({ title, verb, act, danger: true, body: () => html`<p>${text}</p>` });
