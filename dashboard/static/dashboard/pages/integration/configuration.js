// How an integration is checked; an admin changes it where it stands.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { readNumber } from "../../core/entries.js";
import { checkbox, errorsOf, formError } from "../../core/forms.js";
import { milliseconds, count, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { limitFields, readLimits } from "../../core/limits.js";
import { can } from "../../core/shell.js";
import { tell } from "../../core/toasts.js";

/** The part of the page: `redraw` draws it again, `refresh` loads it anew. */
export function configuration({ place, state, redraw, refresh }) {
  const form = { isOpen: false, busy: false, error: null };

  const turn = (isOpen) => () => {
    Object.assign(form, { isOpen, error: null });
    redraw();
    document.querySelector(isOpen ? "#checks-form input" : "#checks-edit")?.focus();
  };
  const save = async (event) => {
    event.preventDefault();
    const entered = new FormData(event.target);
    Object.assign(form, { busy: true, error: null });
    redraw();
    try {
      await send("PATCH", place, {
        ...readLimits(entered),
        healthCheckConfig: {
          enabled: entered.has("enabled"),
          intervalMinutes: readNumber(entered.get("intervalMinutes")),
        },
      });
      form.isOpen = false;
      tell("Saved.");
      await refresh();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      form.error = error;
    }
    form.busy = false;
    redraw();
    document.querySelector("#checks-form [aria-invalid=true]")?.focus();
  };

  return {
    view: () => html`
      <section class="card" aria-labelledby="checks-title">
        <div class="card-head"><h2 id="checks-title">Health checks</h2>
          ${can("admin") && !form.isOpen
            ? html`<button type="button" id="checks-edit" class="button small" @click=${turn(true)}>${icon("pencil")}Change</button>`
            : nothing}</div>
        ${form.isOpen ? fields(state.integration, form, save, turn(false)) : facts(state)}
      </section>`,
  };
}

const facts = ({ integration, testAction }) => {
  const { enabled, intervalMinutes } = integration.healthCheckConfig;
  return html`<dl class="facts">
    <dt>Scheduled checks</dt><dd>${enabled ? "On" : html`<span class="badge">${icon("ban")}Off</span>`}</dd>
    <dt>Interval</dt><dd>${intervalMinutes ? plural(intervalMinutes, "minute") : "As your organisation has it"}</dd>
    <dt>Test action</dt><dd>${testAction
      ? html`<bdi>${testAction.name}</bdi> <code>${testAction.method} ${testAction.path}</code>`
      : html`<span class="muted">Not chosen: the likeliest harmless one</span>`}</dd>
    <dt>Time-out</dt><dd>${milliseconds(integration.timeoutMs)}</dd>
    <dt>Slow from</dt><dd>${milliseconds(integration.degradedLatencyMs)}</dd>
    <dt>Budget</dt><dd>${count(integration.requestsPerSecond)} ${integration.requestsPerSecond === 1 ? "call" : "calls"} per second</dd>
  </dl>`;
};

const fields = (integration, form, save, close) => html`
  <form id="checks-form" class="stack" novalidate @submit=${save}>
    ${formError(form.error)}
    ${checkbox({
      name: "enabled",
      label: "Check on schedule",
      checked: integration.healthCheckConfig.enabled,
      help: "Without it, checks take place only when somebody asks.",
    })}
    ${limitFields({ integration, errors: errorsOf(form.error) })}
    <div class="actions">
      <button class="button primary" ?disabled=${form.busy}>Save</button>
      <button type="button" class="button" @click=${close}>Cancel</button></div>
  </form>`;
