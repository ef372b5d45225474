// The proof that an action tests the credential: it must pass with the right one, and fail with a
// wrong one.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, list, send } from "./api.js";
import { open } from "./dialogs.js";
import { field, formError } from "./forms.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

const LOOKS = {
  tests_credential: ["good", "circle-check"],
  does_not_test_credential: ["bad", "octagon-x"],
  fails_with_credential: ["bad", "octagon-x"],
  inconclusive: ["", "circle-help"],
};

let searches = 0;

/**
 * Let the person prove `action` (`{id, name}`) over a connection; null for one that they choose.
 *
 * `use(actionId)` makes another action that was proven the test action; without it none is offered.
 * Resolves once the dialog is closed.
 */
export function prove({ integrationId, action, connectionId = null, use = null }) {
  const state = { connectionId, choice: null, since: null, proof: null, error: null, using: false };
  const body = (opened) => html`
    <p>Calls <b><bdi>${action.name}</bdi></b> with the connection's credential, then with a wrong one of the same
      shape: the first call has to pass, the second to fail. If it does not prove itself, up to three
      other harmless calls are tried.</p>
    ${connectionId ? nothing : chooser(state, () => choose(state, integrationId, opened))}
    ${formError(state.error)}
    <div aria-live="polite" class="stack">${state.proof ? result(state, use, opened) : nothing}</div>
    <div class="actions end">
      ${state.since
        ? html`<span class="muted" role="status">${icon("refresh-cw", "spin")} Calling the API…
            ${Math.round((Date.now() - state.since) / 1000)} s</span>`
        : nothing}
      <button type="button" class="button" @click=${() => opened.close()}>Close</button>
      <button type="button" class="button ${state.proof ? "" : "primary"}"
        ?disabled=${state.since || !state.connectionId} @click=${() => run(state, integrationId, action, opened)}>
        ${icon("shield-check")}${state.proof ? "Prove again" : "Prove it"}</button>
    </div>`;
  return open({
    title: "Does this call test the credential?",
    wide: true,
    body: (opened) => {
      if (!connectionId && !state.choice) choose(state, integrationId, opened);
      return body(opened);
    },
  });
}

/** Which connections there are, those whose name holds what was typed. */
async function choose(state, integrationId, { redraw, dialog }) {
  state.choice ??= { rows: [], isLong: false, loaded: false };
  const number = ++searches;
  const search = dialog.querySelector("[name=search]")?.value;
  try {
    const found = await list("/connections", { integrationId, search, order: "name", limit: 50 });
    if (number !== searches) return; // more was typed meanwhile
    const { hasMore } = found.pagination;
    const isLong = state.choice.isLong || hasMore;
    state.choice = { rows: found.data, isLong, loaded: true };
    if (!found.data.some(({ id }) => id === state.connectionId))
      state.connectionId = found.data[0]?.id ?? null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.error = error;
  }
  redraw();
}

const chooser = (state, search) => {
  const { rows = [], isLong = false, loaded = false } = state.choice ?? {};
  if (loaded && !rows.length && !isLong)
    return html`<p class="notice">${icon("info")}<span>A proof needs a connection with a credential: add one first.</span></p>`;
  return html`<div class="fields">
    ${isLong ? field({ name: "search", label: "Find a connection", type: "search", onInput: search }) : nothing}
    ${field({
      name: "connectionId",
      label: "Over the connection",
      choices: rows.map(({ id, name }) => [id, name]),
      value: state.connectionId,
      onInput: (event) => (state.connectionId = event.target.value),
    })}</div>`;
};

async function run(state, integrationId, action, { redraw }) {
  Object.assign(state, { since: Date.now(), error: null, proof: null });
  redraw();
  const clock = setInterval(redraw, 1000);
  try {
    const path = `/integrations/${integrationId}/actions/${action.id}/prove`;
    state.proof = await send("POST", path, { connectionId: state.connectionId });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.error = error;
  } finally {
    clearInterval(clock);
    state.since = null;
    redraw();
  }
}

const result = (state, use, opened) => html`
  <p class="notice ${state.proof.proven ? "good" : "warn"}">
    ${icon(state.proof.proven ? "circle-check" : "triangle-alert")}<span>${state.proof.text}</span></p>
  <ul class="proof-attempts">${state.proof.attempts.map((one) => attempt(one, state, use, opened))}</ul>`;

const attempt = (one, state, use, opened) => {
  const [look, shape] = LOOKS[one.verdict];
  const isOther = one.actionId === state.proof.provenActionId && one !== state.proof.attempts[0];
  return html`<li class="stack">
    <div class="row between"><b><bdi>${one.name}</bdi></b>
      <span class="badge ${look}">${icon(shape)}${word("verdict", one.verdict)}</span></div>
    <dl class="facts">
      <dt>With the credential</dt><dd>${call(one.withCredential)}</dd>
      <dt>With a wrong one</dt><dd>${one.withWrongCredential ? call(one.withWrongCredential) : "not called"}</dd>
    </dl>
    ${one.text === state.proof.text ? nothing : html`<p class="muted">${one.text}</p>`}
    ${use && isOther
      ? html`<div><button type="button" class="button primary" ?disabled=${state.using}
          @click=${() => take(one, state, use, opened)}>${icon("check")}Use this one</button></div>`
      : nothing}
  </li>`;
};

const call = ({ result: how, statusCode, error }) => html`
  ${word("callResult", how)}${statusCode ? html`, status ${statusCode}` : nothing}
  ${error ? html`<span class="muted">${error.message}</span>` : nothing}`;

async function take(one, state, use, { redraw, close }) {
  state.using = true;
  redraw();
  try {
    await use(one.actionId);
    close(one.actionId);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    Object.assign(state, { using: false, error });
    redraw();
  }
}
