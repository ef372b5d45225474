// The form that a kind of channel has of its own.

import { html } from "../../vendor/lit-html/lit-html.js";
import { checkbox, field } from "../../core/forms.js";

const TYPES = { url: { inputmode: "url" }, emails: { rows: 2 } };

/** The fields of a `kind`; `stored` is the channel that is changed, null for a new one. */
export const configFields = (kind, { stored = null, errors = {} }) => html`
  ${kind.fields.map((one) => configField(one, { stored, error: errors[`config.${one.name}`] }))}
  ${errors.config ? html`<p class="field-error" role="alert">${errors.config}</p>` : null}`;

const nameOf = ({ name }) => `config.${name}`;
const isKept = ({ name, secret }, stored) => secret && stored?.secretFields.includes(name);

function configField(one, { stored, error }) {
  const value = stored?.config[one.name] ?? "";
  if (one.type === "boolean")
    return checkbox({ name: nameOf(one), label: one.label, checked: Boolean(value), help: one.help || null });
  return field({
    ...TYPES[one.type],
    name: nameOf(one),
    label: one.label,
    value: Array.isArray(value) ? value.join("\n") : value,
    error,
    required: one.required && !isKept(one, stored),
    optional: !one.required,
    maxlength: 2000,
    choices: one.choices && [...(one.required ? [] : [["", "–"]]), ...one.choices.map(({ value: code, label }) => [code, label])],
    type: one.secret ? "password" : "text",
    autocomplete: one.secret ? "new-password" : "off", // no browser shall offer what it keeps
    help: isKept(one, stored) ? `Stored. Leave it empty to keep it. ${one.help}` : one.help || null,
  });
}

/** What was entered, as the API takes it: a secret that is stored stays where nothing was. */
export const readConfig = (kind, entered, stored = null) =>
  Object.fromEntries(
    kind.fields
      .map((one) => [one, read(one, entered)])
      .filter(([one, value]) => value !== null || !isKept(one, stored))
      .map(([one, value]) => [one.name, value ?? (one.required ? "" : null)]),
  );

function read(one, entered) {
  if (one.type === "boolean") return entered.has(nameOf(one));
  const text = entered.get(nameOf(one)).trim();
  if (one.type === "emails") return text.split(/[\s,;]+/).filter(Boolean);
  return text || null;
}
