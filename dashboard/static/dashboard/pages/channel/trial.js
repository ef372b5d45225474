// Sending a test, and what became of it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError } from "../../core/api.js";
import { milliseconds } from "../../core/format.js";
import { icon } from "../../core/icons.js";

/**
 * `run(send)` sends a test by `send`, which resolves with the API's answer; where that throws for
 * fields of a form, so does this. `button(label, act)` does it, `result()` says what came of it.
 */
export function trial(redraw) {
  let isRunning = false;
  let answer = null;

  async function run(send) {
    if (isRunning) return;
    isRunning = true;
    answer = null;
    redraw();
    try {
      answer = await send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 400) throw error;
      answer = { delivered: false, error };
    } finally {
      isRunning = false;
      redraw();
    }
  }

  const button = (act) => html`
    <button type="button" class="button" aria-disabled=${String(isRunning)} @click=${act}>
      ${icon(isRunning ? "refresh-cw" : "zap", isRunning ? "spin" : "")}Send a test</button>`;
  const result = () => html`<div role="status" class="trial">${answer ? said(answer) : nothing}</div>`;
  return { run, button, result };
}

const said = ({ delivered, error, latencyMs }) =>
  delivered
    ? html`<p class="notice good">${icon("circle-check")}<span>The test was delivered in ${milliseconds(latencyMs)}. Look whether it is there.</span></p>`
    : html`<p class="notice bad">${icon("octagon-x")}<span>The test was not delivered. ${error.message}</span></p>`;
