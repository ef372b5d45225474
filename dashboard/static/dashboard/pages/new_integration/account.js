// What a provider of the catalogue needs: how to sign in there, and with what.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { connectForm } from "../../core/connect_form.js";
import { Connecting, outcome } from "../../core/connecting.js";
import { field } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { providerFacts } from "../../core/provider.js";

/** The form for a provider; `back` leads to all of them, `there` are its integrations so far. */
export function account(provider, { redraw, back, there }) {
  const ways = [{ ...provider, title: provider.authTitle }, ...provider.authAlternatives];
  const connecting = new Connecting({ redraw });
  let way = ways[0];

  const choose = (chosen) => {
    way = chosen;
    redraw();
  };
  const integration = (entered) => ({
    provider: provider.slug,
    auth: way.auth,
    baseUrl: entered.get("baseUrl").trim() || way.baseUrl,
    status: "active",
  });
  const addOnly = async (event) => {
    await connecting.run({ integration: integration(new FormData(event.target.form)) });
    if (connecting.error) form.fail(connecting.error);
    else location.assign(`/integrations/${connecting.integration.id}`);
  };
  const form = connectForm({
    at: () => ({ ...way, name: provider.name }),
    name: provider.name,
    connecting,
    redraw,
    integration,
    inherited: "Empty: as is usual for this provider.",
    above: () => html`
      ${there.length && !connecting.integration ? hint(provider, there[0]) : nothing}
      ${ways.length > 1 ? wayChoice(ways, way, choose) : nothing}`,
    more: (errors) => baseUrlField(way, errors),
    beside: () =>
      connecting.integration || connecting.isRunning
        ? nothing
        : html`<button type="button" class="button quiet" @click=${addOnly}>Add only the integration</button>`,
  });

  return {
    provider,
    view: () => html`
      <div class="columns wide-first">
        ${connecting.isDone
          ? outcome(connecting)
          : html`<section class="card" aria-labelledby="provider-title">
              <div class="card-head"><h2 id="provider-title">Connect ${provider.name}</h2>
                <a href=${back.href()} @click=${back.go}>Another one</a></div>
              ${form.view()}</section>`}
        ${about(provider, way)}
      </div>`,
  };
}

const hint = (provider, { id, name }) => html`
  <p class="notice">${icon("info")}<span>You have ${provider.name} already.
    <a href="/connections/new?integrationId=${id}">Add an account to <bdi>${name}</bdi></a>, unless it is
    to be kept apart.</span></p>`;

const wayChoice = (ways, chosen, choose) => html`
  <fieldset class="picks"><legend>How do you sign in there?</legend>
    ${ways.map((way) => html`<label class="pick"><input type="radio" name="way" .checked=${way === chosen}
      @change=${() => choose(way)}><span>${way.title}</span></label>`)}
  </fieldset>`;

const baseUrlField = (way, errors) =>
  field({
    name: "baseUrl",
    label: "Base URL",
    optional: true,
    placeholder: way.baseUrl,
    error: errors.baseUrl,
    inputmode: "url",
    maxlength: 2000,
    help: "If yours is elsewhere, as with a server of your own.",
  });

const about = (provider, way) => html`
  <aside class="card" aria-labelledby="about-title"><h2 id="about-title">What Vitals does</h2>
    <div class="stack">
      <p>It calls <code>${way.testAction.method} ${way.testAction.path}</code> at <code>${way.baseUrl}</code> now and
        again, with what you enter here. That call only reads.</p>
      <p class="muted">What you enter is stored encrypted, and never shown again.</p>
      ${providerFacts(provider)}
    </div></aside>`;
