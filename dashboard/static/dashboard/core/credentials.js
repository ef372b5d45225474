// A credential as it is entered: the fields of an integration's secret, and when it expires.
// What is typed lives in the inputs alone, and goes nowhere but into the request.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { refusal } from "./entries.js";
import { field } from "./forms.js";
import { icon } from "./icons.js";

/**
 * The fields of a secret; `wanted` are the `secretFields` of an integration or of a provider,
 * `errors` those of `errorsOf`, where the API's may be below `credential`.
 */
export const secretFields = (wanted, errors = {}) => {
  const whole = errors.secret ?? errors["credential.secret"] ?? errors.credential;
  return html`
    ${wanted.map((one) => secretField(one, errors[`secret.${one.name}`]))}
    ${whole ? html`<p class="field-error" role="alert">${whole}</p>` : nothing}`;
};

const secretField = ({ name, label, required, masked, minLength, maxLength }, error) =>
  field({
    name: `secret.${name}`,
    label,
    error,
    required: required && minLength > 0,
    optional: !required,
    maxlength: maxLength,
    type: masked ? "password" : "text",
    autocomplete: masked ? "new-password" : "off", // no browser shall offer what it keeps
    beside: masked && html`<button type="button" class="button icon-only" aria-pressed="false"
      aria-label="Show ${label}" title="Show" @click=${toggle}>${icon("eye")}</button>`,
  });

// Drawing again must not hide what is shown, nor show what is hidden: only this changes it.
function toggle({ currentTarget: button }) {
  const input = button.previousElementSibling;
  const shows = input.type === "password";
  input.type = shows ? "text" : "password";
  button.setAttribute("aria-pressed", String(shows));
}

/** When the credential expires, for who knows it. */
export const expiryField = (errors = {}, { value = null } = {}) =>
  field({
    name: "expiresAt",
    label: "Expires",
    type: "datetime-local",
    optional: true,
    value: value ? localMinute(value) : "",
    error: errors.expiresAt ?? errors["credential.expiresAt"],
    help: "Vitals warns ahead. Leave it empty if you don't know: many tokens say it themselves.",
  });

/**
 * What was entered, as the API takes it: `{type, secret, expiresAt}`; null if nothing was and
 * nothing has to be. `entered` is the form's FormData, `type` that of the integration's `auth`.
 * Throws an ApiError with `secret.<name>` in its details where a field can't be right.
 */
export function readCredential(entered, type, wanted) {
  const given = wanted.map((one) => [one, read(entered, one)]);
  const secret = Object.fromEntries(
    given.filter(([one, text]) => text || one.required).map(([{ name }, text]) => [name, text]),
  );
  if (!Object.keys(secret).length) return null;
  const wrong = given.filter(([{ name }]) => name in secret).flatMap(([one, text]) => fault(one, text));
  if (wrong.length) throw refusal(Object.fromEntries(wrong));
  return { type, secret, expiresAt: readMoment(entered.get("expiresAt")) };
}

/** Forget the secrets that were typed into a form. */
export function clearSecrets(form) {
  for (const input of form.querySelectorAll("[name^='secret.']")) input.value = "";
}

/** The moment of a `datetime-local`, as the API takes it; null for none. */
export const readMoment = (text) => (text ? new Date(text).toISOString() : null);

/** A moment as a `datetime-local` shows it, in the person's zone. */
export function localMinute(iso) {
  const moment = new Date(iso);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The text of a field, without the spaces around that pasted texts have where none may be. */
function read(entered, { name, pattern }) {
  const text = String(entered.get(`secret.${name}`) ?? "");
  return new RegExp(pattern, "u").test(text) ? text : text.trim();
}

function fault({ name, minLength, pattern }, text) {
  if (text.length < minLength) return [[`secret.${name}`, ["Enter it to go on."]]];
  if (new RegExp(pattern, "u").test(text)) return [];
  const why = "It has a character that cannot be part of it. Was all of it copied, and only it?";
  return [[`secret.${name}`, [why]]];
}
