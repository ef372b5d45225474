// The form that connects an account at an integration, and tests it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError } from "./api.js";
import { outcome, progress } from "./connecting.js";
import { intervalField, readConnection, variableFields } from "./connection_form.js";
import { copyable } from "./copying.js";
import { clearSecrets, expiryField, secretFields } from "./credentials.js";
import { errorsOf, field, formError } from "./forms.js";
import { icon } from "./icons.js";
import { shell } from "./shell.js";
import { tagsField } from "./tags.js";

const CONSENT = "authorization_code";
const MORE = ["name", "baseUrl", "intervalMinutes", "tags", "expiresAt", "credential.expiresAt"];

/**
 * `at()` is what to connect to: `{name, auth, variables, secretFields}` of an integration, or of a
 * way to sign in at a provider; `name` is proposed for the connection, and asked for before all else
 * if `namesIt`. `connecting` does it; `integration(entered)` are the fields of an
 * integration that has to be made first. `above()`, `more(errors)` and `beside()` draw what else
 * stands before the fields, among the further settings and beside the button; `inherited` says what
 * an empty interval means. Returns `{view, fail}`: `fail` shows an error in the form.
 */
export function connectForm(options) {
  const { at, connecting, redraw, integration = () => null } = options;
  let error = null;

  const submit = async (event) => {
    event.preventDefault();
    const { target: form, submitter } = event;
    error = null;
    try {
      const entered = new FormData(form);
      const connection = readConnection(entered, asked(at()));
      const consent = asksConsent(at());
      await connecting.run({ integration: integration(entered), connection, consent });
      error = connecting.error;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      error = failure;
    }
    if (connecting.isDone) clearSecrets(form);
    redraw();
    const result = form.querySelector("[aria-invalid=true]") ?? document.querySelector(".outcome");
    (result ?? form.querySelector("[role=alert]") ?? submitter).focus();
  };

  return {
    view: () => fields({ ...options, at: at(), error, errors: errorsOf(error), submit }),
    fail: (failure) => {
      error = failure;
      redraw();
    },
  };
}

const asksConsent = ({ auth }) => auth.grantType === CONSENT;

/** What is asked for: with a consent the tokens come from the provider. */
const asked = (at) =>
  asksConsent(at)
    ? { ...at, secretFields: at.secretFields.filter(({ name }) => name.startsWith("client")) }
    : at;

const fields = ({ at, name, connecting, errors, error, submit, ...options }) => {
  const consent = asksConsent(at);
  const { above = () => nothing, more = () => nothing, beside = () => nothing } = options;
  const nameField = field({
    name: "name",
    label: "Name",
    value: name,
    error: errors.name,
    required: true,
    maxlength: 200,
  });
  return html`<form class="stack" novalidate @submit=${submit}>
    ${formError(error)}
    ${above()}
    ${options.namesIt ? nameField : nothing}
    ${variableFields(at.variables, errors)}
    ${consent ? consentHelp(at) : nothing}
    ${secretFields(asked(at).secretFields, errors)}
    ${at.auth.type === "none" ? html`<p class="muted">This API needs no credential.</p>` : nothing}
    <details class="more" ?open=${MORE.some((one) => errors[one])}>
      <summary>More settings</summary>
      <div class="fields">
        ${options.namesIt ? nothing : nameField}
        ${more(errors)}
        ${at.auth.type === "none" || consent ? nothing : expiryField(errors)}
        ${intervalField(errors, options)}
        ${tagsField(errors)}
      </div>
    </details>
    ${connecting.steps.length ? progress(connecting) : nothing}
    ${connecting.check && !connecting.isRunning ? outcome(connecting) : nothing}
    <div class="actions">
      <button class="button primary" ?disabled=${connecting.isRunning}>
        ${icon(consent ? "link" : "zap")}${verb(connecting, at, consent)}</button>
      ${beside()}
    </div></form>`;
};

const verb = ({ check }, at, consent) => {
  if (consent) return `Connect at ${at.name}`;
  return check ? "Test again" : "Connect and test";
};

const consentHelp = (at) => html`
  <div class="notice"><div class="stack">
    <p>You sign in at <bdi>${at.name}</bdi> and allow Vitals to read. That needs an OAuth client there: enter yours,
      or leave both fields empty if whoever runs Vitals has set one up.</p>
    <p>Register this address with the client: ${copyable(shell.redirectUri, "the redirect address")}</p>
  </div></div>`;
