// "Check now": how long it takes, and what came of it, in the place where one looks.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { nextStep } from "../../core/advice.js";
import { ApiError } from "../../core/api.js";
import { checkNow, whyNot } from "../../core/checking.js";
import { milliseconds } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";
import { badge } from "../../core/status.js";

/** `button()` checks, `result()` is what came of it; `forget()` why nothing did. */
export function check(shared) {
  const state = { since: null, check: null, error: null };

  const run = async () => {
    if (state.since) return; // not disabled: it would lose the focus
    Object.assign(state, { since: Date.now(), check: null, error: null });
    const clock = setInterval(shared.redraw, 1000);
    shared.redraw();
    try {
      state.check = await checkNow(shared.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
      if (error.retryAfter) setTimeout(() => forget(error), error.retryAfter * 1000);
    } finally {
      clearInterval(clock);
      state.since = null;
      shared.redraw();
    }
    shared.checked();
  };

  /** Why it was refused holds until its time is over, or something was changed. */
  const forget = (error = state.error) => {
    if (state.error === error) state.error = null;
    shared.redraw();
  };

  const button = () => html`
    <button type="button" class="button primary" aria-disabled=${String(Boolean(state.since))} @click=${run}>
      ${icon(state.since ? "refresh-cw" : "stethoscope", state.since ? "spin" : "")}${state.since
        ? html`<span aria-hidden="true">Checking… ${Math.round((Date.now() - state.since) / 1000)} s</span>
            <span class="visually-hidden">Checking</span>`
        : "Check now"}</button>`;

  const close = () => {
    Object.assign(state, { check: null, error: null });
    shared.redraw();
  };
  // There from the beginning, so that screen readers say what comes into it.
  const result = () => html`<div role="status" class="check-result">${said()}</div>`;
  const said = () => {
    if (state.check) return outcome(state.check, close);
    return state.error ? refusal(state.error, close) : nothing;
  };
  return { button, result, forget };
}

const closeButton = (close) => html`
  <button type="button" class="button quiet small icon-only" aria-label="Close the result" @click=${close}>${icon("x")}</button>`;

const outcome = (check, close) => html`
  <section class="card stack" aria-label="Result of the check">
    <div class="row between">
      <span class="row">${badge(check.status)}<b>${word("outcome", check.outcome)} in ${milliseconds(check.latencyMs)}</b>
        ${check.failureCause ? html`<span class="chip">${word("cause", check.failureCause)}</span>` : nothing}
        ${check.testActionStatusCode ? html`<span class="muted">HTTP ${check.testActionStatusCode}</span>` : nothing}</span>
      ${closeButton(close)}</div>
    ${check.error || check.reasons.length
      ? html`<p>${check.error?.message ?? check.reasons.map((reason) => word("reason", reason)).join(". ")}</p>`
      : nothing}
    ${check.suggestedResolution ? nextStep(check.suggestedResolution) : nothing}
  </section>`;

const refusal = (error, close) => html`
  <div class="notice warn">${icon("info")}<span>${whyNot(error)}</span>${closeButton(close)}</div>`;
