// The calls that an integration can make: which of them tests credentials, and the proof of it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { get, list, send } from "../../core/api.js";
import { actionFields, actionState, readAction } from "../../core/action_fields.js";
import { ask, confirmThat } from "../../core/dialogs.js";
import { field } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { pager } from "../../core/paging.js";
import { prove } from "../../core/proof.js";
import { note, parameter } from "../../core/routing.js";
import { can, shell } from "../../core/shell.js";
import { tell, tellError } from "../../core/toasts.js";

const SHOWN = 20;

/** The part of the page: `state.integration` is there when it is drawn. */
export function actions({ place, state, refresh }) {
  let page = null;

  const load = async () => {
    const [search, cursor] = ["search", "cursor"].map(parameter);
    page = await list(`${place}/actions`, { search, cursor, limit: SHOWN });
  };
  const use = async (id) => {
    await send("PATCH", place, { healthCheckConfig: { testActionId: id } });
    tell("It tests the credentials from now on.");
    await refresh();
  };
  const shared = { place, state, refresh, use };

  return { load, view: () => card(page, shared) };
}

/** The integration's test action as it is called; null where none was chosen. */
export const loadTestAction = (place, { healthCheckConfig: { testActionId: id } }) =>
  id ? get(`${place}/actions/${id}`) : null;

const card = (page, shared) => {
  const isSearched = Boolean(parameter("search"));
  const isLong = isSearched || parameter("cursor") || page.pagination.hasMore;
  const search = ({ target }) => {
    note({ search: target.value, cursor: null });
    shared.refresh();
  };
  return html`<section class="card flush" aria-labelledby="actions-title">
    <div class="card-head"><h2 id="actions-title">Actions</h2>
      ${can("admin")
        ? html`<button type="button" class="button small" @click=${() => edit(null, shared)}>${icon("plus")}Add an action</button>`
        : nothing}</div>
    ${isLong
      ? html`<div class="list-note"><div class="search">${icon("search")}<input type="search" aria-label="Search the actions"
          placeholder="Search the actions" autocomplete="off" .value=${parameter("search") ?? ""} @input=${search}></div></div>`
      : nothing}
    ${page.data.length
      ? html`<ul class="list">${repeat(page.data, ({ id }) => id, (action) => row(action, shared))}</ul>`
      : html`<p class="muted list-note">${isSearched
          ? "No action like that."
          : "No action yet: checks look at the credential alone, and call nothing."}</p>`}
    <div class="list-note">${pager(page.pagination, shared.refresh)}</div>
  </section>`;
};

const row = (action, shared) => {
  const { integration } = shared.state;
  const isTest = integration.healthCheckConfig.testActionId === action.id;
  const canBeProven = action.harmless && integration.auth.type !== "none";
  return html`<li class="action">
    <div class="action-names">
      <span class="row"><b class="cut" title=${action.name}><bdi>${action.name}</bdi></b>
        ${isTest ? html`<span class="badge good">${icon("stethoscope")}Test action</span>` : nothing}
        ${action.harmless ? nothing : html`<span class="chip">${icon("triangle-alert")}Not for checks: may change something</span>`}</span>
      <code class="cut" dir="ltr" title="${action.method} ${action.path}">${action.method} ${action.path}</code>
    </div>
    <div class="actions">
      ${can("admin") && action.harmless && !isTest
        ? html`<button type="button" class="button small" @click=${() => choose(action, shared)}>Use as test action</button>`
        : nothing}
      ${can("operator") && canBeProven
        ? html`<button type="button" class="button small" @click=${() => proveIt(action, shared)}>${icon("shield-check")}Prove</button>`
        : nothing}
      ${can("admin")
        ? html`<button type="button" class="button quiet small icon-only" title="Edit" aria-label="Edit ${action.name}"
              @click=${() => edit(action, shared)}>${icon("pencil")}</button>
            <button type="button" class="button quiet small icon-only" title="Delete" aria-label="Delete ${action.name}"
              @click=${() => remove(action, shared)}>${icon("trash-2")}</button>`
        : nothing}
    </div></li>`;
};

const proveIt = (action, { use }) =>
  prove({ integrationId: shell.path.id, action, use: can("admin") ? use : null });

async function choose(action, { use }) {
  try {
    await use(action.id);
  } catch (error) {
    tellError(error);
  }
}

async function edit(action, { place, refresh }) {
  const form = actionState(action);
  const done = await ask({
    title: action ? "Edit the action" : "Add an action",
    verb: action ? "Save" : "Add it",
    wide: true,
    body: ({ errors, redraw }) => html`
      ${field({
        name: "name",
        label: "Name",
        value: action?.name ?? "",
        error: errors.name,
        required: true,
        maxlength: 200,
      })}
      ${actionFields(form, { errors, redraw })}`,
    act: (entered) => {
      const fields = { name: entered.get("name").trim(), ...readAction(entered, form) };
      return action
        ? send("PATCH", `${place}/actions/${action.id}`, fields)
        : send("POST", `${place}/actions`, fields);
    },
  });
  if (!done) return;
  tell(action ? "Saved." : "Added.");
  refresh();
}

async function remove(action, { place, refresh }) {
  const gone = await confirmThat({
    title: "Delete this action?",
    text: html`<b><bdi>${action.name}</bdi></b> goes. Where it tested credentials, the next choice takes its place.`,
    verb: "Delete it",
    act: () => send("DELETE", `${place}/actions/${action.id}`),
  });
  if (gone) refresh();
}
