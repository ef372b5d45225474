// A call of an integration, as fields: what is called, with what, and how its answer is read.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { readHeaders, readJson, showHeaders, showJson } from "./entries.js";
import { checkbox, field } from "./forms.js";
import { icon } from "./icons.js";
import { readTags, tagsField } from "./tags.js";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((one) => [one, one]);
const PLACES = [["query", "Query"], ["path", "Path"], ["header", "Header"]];

const NEW = {
  name: "",
  method: "GET",
  path: "",
  parameters: [],
  headers: {},
  body: null,
  readOnly: false,
  tags: [],
  responseRules: {},
};

/** What a form about an action keeps beside its inputs; `action` null: a new one. */
export const actionState = (action = null) => ({
  action: action ?? NEW,
  parameters: (action ?? NEW).parameters.map((one) => ({ ...one })),
});

/** Fields for an action; `redraw` is called when a parameter was added or taken away. */
export const actionFields = (state, { errors = {}, redraw }) => {
  const { action } = state;
  return html`
    <div class="fields method-path">
      ${field({
        name: "method",
        label: "Method",
        choices: METHODS,
        value: action.method,
        error: errors.method,
      })}
      ${field({
        name: "path",
        label: "Path",
        value: action.path,
        error: errors.path,
        required: true,
        maxlength: 2000,
        placeholder: "/me",
        help: "Added to the base URL. {name} stands for a variable.",
      })}
    </div>
    ${checkbox({
      name: "readOnly",
      label: "Only reads",
      checked: action.readOnly,
      help: "For a POST that changes nothing at the provider: checks may call it.",
    })}
    ${errors.readOnly ? html`<p class="field-error">${errors.readOnly}</p>` : nothing}
    ${parameterRows(state, { errors, redraw })}
    <details class="more" ?open=${["headers", "body", "tags", "responseRules"].some((name) => errors[name])}>
      <summary>Headers, body, reading the answer</summary>
      <div class="stack">
        ${field({
          name: "actionHeaders",
          label: "Headers",
          rows: 2,
          optional: true,
          value: showHeaders(action.headers),
          error: errors.headers,
          placeholder: "Accept: application/json",
        })}
        ${field({
          name: "body",
          label: "Body",
          rows: 3,
          optional: true,
          value: showJson(action.body),
          error: errors.body,
          help: "JSON.",
        })}
        ${field({
          name: "responseRules",
          label: "Response rules",
          rows: 6,
          optional: true,
          value: showRules(action.responseRules),
          error: errors.responseRules,
          placeholder: '{"badCredential": {"statuses": ["401", "403"]}}',
          help: "JSON: success, badCredential, limited, providerTrouble. Empty: a 2xx passes, a 401 is a bad credential.",
        })}
        ${tagsField(errors, { value: action.tags })}
      </div>
    </details>`;
};

const showRules = (rules) => (Object.keys(rules).length ? showJson(rules) : "");

/** The action that was entered, but for its name. Throws an ApiError that names the field. */
export const readAction = (entered, state) => ({
  method: entered.get("method"),
  path: entered.get("path").trim(),
  readOnly: entered.has("readOnly"),
  parameters: state.parameters,
  headers: readHeaders(entered.get("actionHeaders")),
  body: readJson(entered.get("body"), "body", null),
  responseRules: readJson(entered.get("responseRules"), "responseRules", {}),
  tags: readTags(entered),
});

const parameterRows = (state, { errors, redraw }) => {
  const add = () => {
    state.parameters.push({ name: "", in: "query", required: false, default: null });
    redraw();
  };
  const remove = (row) => {
    state.parameters = state.parameters.filter((other) => other !== row);
    redraw();
  };
  return html`<fieldset class="parameters"><legend>Parameters</legend>
    ${repeat(state.parameters, (row) => row, (row, n) => parameterRow(row, n + 1, () => remove(row)))}
    ${errors.parameters ? html`<p class="field-error">${errors.parameters}</p>` : nothing}
    <div><button type="button" class="button small" @click=${add}>${icon("plus")}Add a parameter</button></div>
  </fieldset>`;
};

const parameterRow = (row, number, remove) => {
  const put = (name) => (event) => (row[name] = event.target.value || null);
  const input = (name, label, placeholder) => html`<input aria-label="${label} of parameter ${number}"
    placeholder=${placeholder} autocomplete="off" spellcheck="false" .value=${row[name] ?? ""} @input=${put(name)}>`;
  return html`<div class="parameter">
    ${input("name", "Name", "name")}
    <select aria-label="Place of parameter ${number}" @change=${put("in")}>${PLACES.map(([code, text]) =>
      html`<option value=${code} .selected=${code === (row.in ?? "query")}>${text}</option>`)}</select>
    ${input("default", "Value", "value, unless a variable fills it")}
    <label class="check"><input type="checkbox" .checked=${row.required ?? false}
      @change=${(event) => (row.required = event.target.checked)}><span>needed</span></label>
    <button type="button" class="button quiet icon-only" aria-label="Remove parameter ${number}" title="Remove"
      @click=${remove}>${icon("trash-2")}</button></div>`;
};
