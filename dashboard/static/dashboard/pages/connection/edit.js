// What a connection is: its name, variables, interval and tags.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { readCredential, secretFields } from "../../core/credentials.js";
import { ask } from "../../core/dialogs.js";
import { field } from "../../core/forms.js";
import { readTags, tagsField } from "../../core/tags.js";
import { tell } from "../../core/toasts.js";

/** Edit it in a dialog; null: nothing was changed. */
export async function edit({ connection, integration, path }) {
  const variables = fieldsOf(connection, integration);
  const takesCredential = integration.auth.type !== "none" && variables.length > 0;
  const changed = await ask({
    title: "Edit the connection",
    verb: "Save",
    wide: true,
    body: ({ errors }) => html`
      ${field({ name: "name", label: "Name", value: connection.name, required: true, maxlength: 200, error: errors.name })}
      ${variables.map(({ name, label }) => field({
        name: `variable.${name}`,
        label,
        value: connection.variables[name] ?? "",
        error: errors[`variables.${name}`],
      }))}
      ${errors.variables ? html`<p class="field-error" role="alert">${errors.variables}</p>` : nothing}
      ${takesCredential ? html`<details ?open=${Boolean(errors.variables || errors.credential)}>
        <summary>New credential: needed where another host comes of it</summary>
        <div class="stack">${secretFields(integration.secretFields, errors)}</div></details>` : nothing}
      <div class="fields">
        ${field({
          name: "intervalMinutes",
          label: "Check every … minutes",
          type: "number",
          min: 1,
          optional: true,
          value: connection.intervalMinutes ?? "",
          error: errors.intervalMinutes,
          help: "Empty: as its integration says, else the organisation.",
        })}
        ${tagsField(errors, { value: connection.tags })}
      </div>`,
    act: (entered) => send("PATCH", path, changes(entered, connection, integration, variables)),
  });
  if (changed) tell("Saved.");
  return changed;
}

/** The variables that its integration needs, and those that it has beside. */
function fieldsOf(connection, integration) {
  const wanted = integration.variables ?? [];
  const named = new Set(wanted.map(({ name }) => name));
  const others = Object.keys(connection.variables).filter((name) => !named.has(name));
  return [...wanted, ...others.map((name) => ({ name, label: name }))];
}

function changes(entered, connection, integration, variables) {
  const minutes = entered.get("intervalMinutes").trim();
  const found = {
    name: entered.get("name"),
    intervalMinutes: minutes ? Number(minutes) : null,
    tags: readTags(entered),
  };
  const given = variables.map(({ name }) => [name, entered.get(`variable.${name}`)]);
  const kept = Object.fromEntries(given.filter(([, value]) => value !== ""));
  if (JSON.stringify(kept) !== JSON.stringify(connection.variables)) found.variables = kept;
  const isEntered = integration.secretFields.some(({ name }) => entered.get(`secret.${name}`));
  if (isEntered) found.credential = readCredential(entered, integration.auth.type, integration.secretFields);
  return found;
}
