// An integration described by hand, with its first action.

import { html } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { actionFields, actionState, readAction } from "../../core/action_fields.js";
import { authFields, readAuth } from "../../core/auth_fields.js";
import { readHeaders, readNumber } from "../../core/entries.js";
import { errorsOf, field, focusError, formError } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { limitFields, readLimits } from "../../core/limits.js";

// What stands among the further settings.
const LIMITS = [
  "headers",
  "healthCheckConfig.intervalMinutes",
  "timeoutMs",
  "degradedLatencyMs",
  "requestsPerSecond",
];

/** The part of the page: `redraw` draws it again. */
export function byHand(redraw) {
  const state = {
    auth: { type: "bearer" },
    call: actionState(),
    integration: null,
    action: null,
    busy: false,
    error: null,
    actionError: null,
  };

  const submit = async (event) => {
    event.preventDefault();
    const entered = new FormData(event.target);
    Object.assign(state, { busy: true, error: null, actionError: null });
    redraw();
    try {
      await make(entered, state);
      return location.assign(`/connections/new?integrationId=${state.integration.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!state.actionError) state.error = error;
    }
    state.busy = false;
    redraw();
    return focusError(event.target);
  };

  return { open: redraw, view: () => form(state, submit, redraw) };
}

/** What was made already is changed when the rest is tried again. */
async function make(entered, state) {
  const fields = {
    name: entered.get("name").trim(),
    baseUrl: entered.get("baseUrl").trim(),
    auth: readAuth(entered),
    headers: readHeaders(entered.get("headers")),
    ...readLimits(entered),
    healthCheckConfig: { intervalMinutes: readNumber(entered.get("intervalMinutes")) },
  };
  let call;
  await ofAction(state, () => (call = readAction(entered, state.call)));
  state.integration = state.integration
    ? await send("PATCH", `/integrations/${state.integration.id}`, fields)
    : await send("POST", "/integrations", fields);
  const place = `/integrations/${state.integration.id}`;
  await ofAction(state, async () => {
    state.action = state.action
      ? await send("PATCH", `${place}/actions/${state.action.id}`, call)
      : await send("POST", `${place}/actions`, { ...call, name: "Test" });
    const healthCheckConfig = { testActionId: state.action.id };
    await send("PATCH", place, { healthCheckConfig, status: "active" });
  });
}

async function ofAction(state, act) {
  try {
    await act();
  } catch (error) {
    state.actionError = error;
    throw error;
  }
}

function form(state, submit, redraw) {
  const errors = errorsOf(state.error);
  const callErrors = errorsOf(state.actionError);
  // Whether a check may make the call is said of the choice of it.
  callErrors.method ??= callErrors["healthCheckConfig.testActionId"];
  return html`<form class="stack" novalidate @submit=${submit}>
    ${formError(state.error ?? state.actionError)}
    <section class="card stack" aria-labelledby="api-title">
      <h2 id="api-title">The API</h2>
      <div class="fields">
        ${field({
          name: "name",
          label: "Name",
          error: errors.name,
          required: true,
          maxlength: 200,
        })}
        ${field({
          name: "baseUrl",
          label: "Base URL",
          error: errors.baseUrl,
          required: true,
          inputmode: "url",
          placeholder: "https://api.example.com/v1",
          help: "May hold variables of each connection, as in https://{site}.example.com.",
        })}
        ${authFields(state, { errors, redraw })}
      </div>
      <details class="more" ?open=${LIMITS.some((name) => errors[name])}><summary>More settings</summary>
        <div class="fields">
          ${field({
            name: "headers",
            label: "Headers of every call",
            rows: 2,
            optional: true,
            error: errors.headers,
            placeholder: "Accept: application/json",
          })}
          ${limitFields({ errors })}
        </div></details>
    </section>
    <section class="card stack" aria-labelledby="call-title">
      <h2 id="call-title">The call that tests a credential</h2>
      <p class="muted">One that only reads, and fails with a wrong credential: who am I, my account, my projects.</p>
      ${actionFields(state.call, { errors: callErrors, redraw })}
    </section>
    <div class="actions"><button class="button primary" ?disabled=${state.busy}>
      ${icon("arrow-right")}Add it, then a connection</button></div>
  </form>`;
}
