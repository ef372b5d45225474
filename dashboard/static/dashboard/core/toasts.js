// Short messages at the edge: what was done, or why not. Read out by screen readers.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { errorsOf } from "./forms.js";
import { icon } from "./icons.js";

const STAY = 6_000; // ms; what went wrong stays until it is closed
const place = document.getElementById("toasts");
let toasts = [];
let next = 0;

/** Say that something was done; with `kind` "warn" or "bad", that it did not go well. */
export const tell = (text, kind = "good") => add(text, kind);

/** Say why something was not done. */
export const tellError = (error) => {
  if (error.name === "AbortError") return;
  add(sayWhy(error), "bad");
};

/** The error in words, with its details by field where there are some. */
export function sayWhy(error) {
  const details = Object.entries(errorsOf(error)).map(([field, text]) => `${field}: ${text}`);
  const isSaid = error.status === 400 && details.length; // all that it says is to look at them
  return [...(isSaid ? [] : [error.message]), ...details].join(" ");
}

function add(text, kind) {
  const toast = { id: next++, text, kind };
  toasts = [...toasts.slice(-3), toast];
  draw();
  if (kind !== "bad") setTimeout(() => close(toast), STAY);
}

function close(toast) {
  toasts = toasts.filter((other) => other !== toast);
  draw();
}

const draw = () =>
  render(
    repeat(toasts, (toast) => toast.id, (toast) => html`
      <div class="toast ${toast.kind}">
        ${icon(toast.kind === "good" ? "circle-check" : "triangle-alert")}<span>${toast.text}</span>
        <button type="button" class="button quiet icon-only" aria-label="Close" @click=${() => close(toast)}>${icon("x")}</button>
      </div>`),
    place,
  );
