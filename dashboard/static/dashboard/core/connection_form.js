// What an account at an integration needs, as fields: its variables, its secret, and what may be
// said beside.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { readCredential } from "./credentials.js";
import { readNumber, refusal } from "./entries.js";
import { field } from "./forms.js";
import { readTags } from "./tags.js";

/** Fields for `variables` of an integration or a provider; `values` are those that are there. */
export const variableFields = (variables, errors = {}, values = {}) => html`
  ${variables.map(({ name, label }) =>
    field({
      name: `variables.${name}`,
      label,
      value: values[name] ?? "",
      error: errors[`variables.${name}`],
      required: true,
      maxlength: 500,
    }))}
  ${errors.variables ? html`<p class="field-error" role="alert">${errors.variables}</p>` : nothing}`;

/** The texts of these fields by name. Throws an ApiError where one is missing. */
export function readVariables(entered, variables) {
  const given = variables.map(({ name }) => [name, entered.get(`variables.${name}`).trim()]);
  const missing = given.filter(([, text]) => !text);
  if (missing.length)
    throw refusal(
      Object.fromEntries(missing.map(([name]) => [`variables.${name}`, ["Enter it to go on."]])),
    );
  return Object.fromEntries(given);
}

/** How often it is checked; `inherited` says what holds when it is left empty. */
export const intervalField = (errors = {}, { value = null, inherited }) =>
  field({
    name: "intervalMinutes",
    label: "Minutes between two checks",
    type: "number",
    min: 1,
    optional: true,
    value: value ?? "",
    error: errors.intervalMinutes,
    help: inherited,
  });

/**
 * A connection as `POST /connections` takes it, from the form's FormData; `at` has the integration's
 * `auth`, `variables` and `secretFields`. Throws an ApiError with what is wrong by field.
 */
export function readConnection(entered, at) {
  const wrong = [];
  const attempt = (read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      wrong.push(...Object.entries(error.details));
    }
  };
  const variables = attempt(() => readVariables(entered, at.variables));
  const credential = attempt(() => readCredential(entered, at.auth.type, at.secretFields));
  if (wrong.length) throw refusal(Object.fromEntries(wrong));
  return {
    name: entered.get("name").trim(),
    variables,
    tags: readTags(entered),
    intervalMinutes: readNumber(entered.get("intervalMinutes")),
    ...(credential && { credential }),
  };
}
