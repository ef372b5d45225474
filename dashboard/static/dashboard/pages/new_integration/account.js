// The form that connects an account at a provider of the catalogue, and tests it.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { Connecting, outcome, progress } from "../../core/connecting.js";
import {
  intervalField,
  readConnection,
  tagsField,
  variableFields,
} from "../../core/connection_form.js";
import { copyable } from "../../core/copying.js";
import { clearSecrets, expiryField, secretFields } from "../../core/credentials.js";
import { errorsOf, field, formError } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { shell } from "../../core/shell.js";

const CONSENT = "authorization_code";

/** The form for a provider; `back` leads to all of them. */
export function account(provider, { redraw, back }) {
  const ways = [{ ...provider, title: provider.authTitle }, ...provider.authAlternatives];
  const state = { way: ways[0], error: null, connecting: new Connecting({ redraw }) };

  const submit = async (event) => {
    event.preventDefault();
    const { target: form, submitter } = event;
    state.error = null;
    try {
      const entered = new FormData(form);
      const connection = readConnection(entered, fieldsOf(state.way));
      const integration = readIntegration(entered, provider, state.way);
      await state.connecting.run({ integration, connection, consent: asksConsent(state.way) });
      state.error = state.connecting.error;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
    }
    if (state.connecting.works) clearSecrets(form);
    redraw();
    (form.querySelector("[aria-invalid=true]") ?? document.querySelector(".outcome") ?? submitter).focus();
  };

  const addOnly = async (event) => {
    const entered = new FormData(event.target.form);
    state.error = null;
    try {
      const made = await send("POST", "/integrations", readIntegration(entered, provider, state.way));
      location.assign(`/integrations/${made.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
      redraw();
    }
  };

  return {
    provider,
    view: () => html`
      <div class="columns wide-first">
        ${state.connecting.works
          ? outcome(state.connecting)
          : html`<section class="card" aria-labelledby="provider-title">
              <div class="card-head"><h2 id="provider-title">Connect ${provider.name}</h2>
                <a href=${back.href()} @click=${back.go}>Another one</a></div>
              ${form({ provider, ways, state, redraw, submit, addOnly })}</section>`}
        ${about(provider, state.way)}
      </div>`,
  };
}

const asksConsent = ({ auth }) => auth.grantType === CONSENT;

/** What a way asks for: with a consent the tokens come from the provider. */
const fieldsOf = (way) =>
  asksConsent(way)
    ? { ...way, secretFields: way.secretFields.filter(({ name }) => name.startsWith("client")) }
    : way;

const readIntegration = (entered, provider, way) => ({
  provider: provider.slug,
  auth: way.auth,
  baseUrl: entered.get("baseUrl").trim() || way.baseUrl,
  status: "active",
});

const form = ({ provider, ways, state, redraw, submit, addOnly }) => {
  const { connecting, way, error } = state;
  const errors = errorsOf(error);
  const consent = asksConsent(way);
  return html`<form class="stack" novalidate @submit=${submit}>
    ${formError(error)}
    ${ways.length > 1 ? wayChoice(ways, state, redraw) : nothing}
    ${variableFields(way.variables, errors)}
    ${consent ? consentHelp(provider) : nothing}
    ${secretFields(fieldsOf(way).secretFields, errors)}
    <details class="more" ?open=${Boolean(errors.name || errors.baseUrl || errors.intervalMinutes || errors.tags)}>
      <summary>More settings</summary>
      <div class="fields">
        ${field({ name: "name", label: "Name", value: provider.name, error: errors.name, maxlength: 200 })}
        ${field({ name: "baseUrl", label: "Base URL", optional: true, placeholder: way.baseUrl, error: errors.baseUrl, inputmode: "url", help: "If yours is elsewhere, as with a server of your own." })}
        ${way.auth.type === "none" || consent ? nothing : expiryField(errors)}
        ${intervalField(errors, { inherited: "Empty: as is usual for this provider." })}
        ${tagsField(errors)}
      </div>
    </details>
    ${connecting.steps.length ? progress(connecting) : nothing}
    ${connecting.check && !connecting.isRunning ? outcome(connecting) : nothing}
    <div class="actions">
      <button class="button primary" ?disabled=${connecting.isRunning}>
        ${icon(consent ? "link" : "zap")}${verb(connecting, provider, consent)}</button>
      ${connecting.integration || connecting.isRunning
        ? nothing
        : html`<button type="button" class="button quiet" @click=${addOnly}>Add only the integration</button>`}
    </div></form>`;
};

const verb = ({ check }, provider, consent) => {
  if (consent) return `Connect at ${provider.name}`;
  return check ? "Test again" : "Connect and test";
};

const wayChoice = (ways, state, redraw) => html`
  <fieldset class="choices"><legend>How do you sign in there?</legend>
    ${ways.map((way) => html`<label class="choice"><input type="radio" name="way" .checked=${way === state.way}
      @change=${() => { state.way = way; redraw(); }}><span>${way.title}</span></label>`)}
  </fieldset>`;

const consentHelp = (provider) => html`
  <div class="notice"><div class="stack">
    <p>You sign in at ${provider.name} and allow Vitals to read. That needs an OAuth client there: enter yours,
      or leave both fields empty if whoever runs Vitals has set one up.</p>
    <p>Register this address with the client: ${copyable(shell.redirectUri, "the redirect address")}</p>
  </div></div>`;

const about = (provider, way) => html`
  <aside class="card" aria-labelledby="about-title"><h2 id="about-title">What Vitals does</h2>
    <div class="stack">
      <p>It calls <code>${way.testAction.method} ${way.testAction.path}</code> at <code>${way.baseUrl}</code> now and
        again, with what you enter here. That call only reads.</p>
      <p class="muted">What you enter is stored encrypted, and never shown again.</p>
      ${provider.notes.length
        ? html`<h3>Good to know</h3><ul class="bullets">${provider.notes.map((text) => html`<li>${text}</li>`)}</ul>`
        : nothing}
      <p class="row">
        ${provider.docs ? html`<a href=${provider.docs} rel="noreferrer" target="_blank">Documentation ${icon("external-link")}</a>` : nothing}
        ${provider.statusPage ? html`<a href=${provider.statusPage} rel="noreferrer" target="_blank">Status page ${icon("external-link")}</a>` : nothing}
      </p>
    </div></aside>`;
