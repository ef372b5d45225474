// "Check now" in a row of the list.

import { html } from "../../vendor/lit-html/lit-html.js";
import { ApiError } from "../../core/api.js";
import { checkNow, whyNot } from "../../core/checking.js";
import { milliseconds } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";
import { tell } from "../../core/toasts.js";

/** `button(connection)` checks it; several may run at the same time. */
export function quickCheck({ redraw, refresh }) {
  const running = new Set(); // of ids

  const run = async ({ id, name }) => {
    if (running.has(id)) return; // not disabled: it would lose the focus
    running.add(id);
    redraw();
    try {
      const check = await checkNow(id);
      await refresh();
      tell(told(name, said(check)), check.status === "healthy" ? "good" : "warn");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      tell(told(name, whyNot(error)), "bad");
    } finally {
      running.delete(id);
      redraw();
    }
  };

  const button = (connection) => {
    const isRunning = running.has(connection.id);
    return html`<button type="button" class="button small" aria-disabled=${String(isRunning)} @click=${() => run(connection)}>
      ${icon(isRunning ? "refresh-cw" : "stethoscope", isRunning ? "spin" : "")}<span>${isRunning ? "Checking" : "Check now"}
        <span class="visually-hidden">${connection.name}</span></span></button>`;
  };
  return { button };
}

const told = (name, text) => html`<b class="cut" title=${name}><bdi>${name}</bdi></b>${text}`;

const said = ({ status, outcome, latencyMs, error, failureCause }) =>
  `${word("standing", status)}: ${word("outcome", outcome).toLowerCase()} in ${milliseconds(latencyMs)}. ` +
  (error?.message ?? (failureCause ? `Cause: ${word("cause", failureCause).toLowerCase()}.` : ""));
