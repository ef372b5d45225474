// What a check calls now; another choice, and the proof that it tests the credential.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get, list, send } from "../../core/api.js";
import { open } from "../../core/dialogs.js";
import { field, formError } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { part } from "../../core/parts.js";
import { prove } from "../../core/proof.js";
import { can } from "../../core/shell.js";
import { tell } from "../../core/toasts.js";

/** The card's part. */
export function testAction(shared) {
  let shown; // which action was asked for last
  const found = part(async () => {
    const { integrationId, effectiveTestActionId } = shared.connection;
    shown = effectiveTestActionId;
    return { action: shown && (await get(`/integrations/${integrationId}/actions/${shown}`)) };
  }, shared.redraw);
  const look = () => {
    if (!shared.connection) return;
    const isAnother = shown !== undefined && shown !== shared.connection.effectiveTestActionId;
    (isAnother ? found.now : found.look)();
  };
  return { ...found, look, view: () => found.view(({ action }) => card(shared, action)) };
}

/** Have checks of this connection make this call; null leaves it to the integration. */
async function use({ path, changed }, actionId) {
  await send("PATCH", path, { healthCheckTestActionId: actionId });
  tell(actionId ? "Checks make this call from now on." : "Checks make the integration's call again.");
  changed();
}

const card = (shared, action) => html`<div class="stack">
  ${action
    ? html`<div class="stack tight"><b><bdi>${action.name}</bdi></b>
        <code class="request" dir="ltr">${action.method} ${action.path}</code>
        <small class="muted">${whose(shared)}</small></div>`
    : html`<p class="muted">None: checks look at the credential alone, and call nothing.</p>`}
  <div class="actions">
    ${can("admin")
      ? html`<button type="button" class="button small" @click=${() => choose(shared, action)}>${icon("pencil")}Change</button>`
      : nothing}
    ${can("operator") && action && shared.integration?.auth.type !== "none"
      ? html`<button type="button" class="button small" @click=${() => proveIt(shared, action)}>${icon("shield-check")}Prove it</button>`
      : nothing}
  </div></div>`;

function whose({ connection, integration }) {
  if (connection.healthCheckTestActionId) return "Chosen for this connection.";
  if (integration?.healthCheckConfig.testActionId) return "The integration's test action.";
  return "Found by itself: nobody has chosen one.";
}

const proveIt = (shared, action) =>
  prove({
    integrationId: shared.connection.integrationId,
    action,
    connectionId: shared.id,
    use: can("admin") ? (actionId) => use(shared, actionId) : null,
  });

/** Let the person choose among the integration's harmless actions. */
function choose(shared, current) {
  const state = { rows: null, hasMore: false, error: null };
  const { connection } = shared;
  const find = async (search, { redraw }) => {
    try {
      const page = await list(`/integrations/${connection.integrationId}/actions`, { search, order: "position", limit: 100 });
      Object.assign(state, { rows: page.data.filter(({ harmless }) => harmless), hasMore: page.pagination.hasMore, error: null });
    } catch (error) {
      state.error = error;
    }
    redraw();
  };
  const take = async (id, { redraw, close }) => {
    try {
      await use(shared, id);
      close();
    } catch (error) {
      state.error = error;
      redraw();
    }
  };
  let timer = null;
  const typed = (dialog) => ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(() => find(target.value, dialog), 250);
  };
  const begun = { yet: false };
  return open({
    title: "What checks call",
    body: (dialog) => {
      if (!begun.yet) {
        begun.yet = true;
        find("", dialog);
      }
      return html`${formError(state.error)}
        ${field({ name: "search", label: "Find an action", type: "search", onInput: typed(dialog) })}
        <div class="choose-list" tabindex="0" role="group" aria-label="Harmless actions">${choices(state, current, (id) => take(id, dialog))}</div>
        <div class="actions end">
          ${connection.healthCheckTestActionId
            ? html`<button type="button" class="button" @click=${() => take(null, dialog)}>Leave it to the integration</button>`
            : nothing}
          <button type="button" class="button" @click=${() => dialog.close()}>Cancel</button></div>`;
    },
  });
}

function choices({ rows, hasMore }, current, take) {
  if (rows === null) return html`<p class="muted">Loading…</p>`;
  if (!rows.length) return html`<p class="muted">No harmless action has this in its name.</p>`;
  return html`<ul class="plain-list">${rows.map((action) => html`
    <li><button type="button" class="choice" aria-current=${action.id === current?.id ? "true" : nothing} @click=${() => take(action.id)}>
      <b class="cut"><bdi>${action.name}</bdi></b><code class="cut" dir="ltr">${action.method} ${action.path}</code></button></li>`)}</ul>
    ${hasMore ? html`<p class="muted">There are more: type a part of the name.</p>` : nothing}`;
}
