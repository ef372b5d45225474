// Add a connection: choose the integration, enter what it needs, see whether it works.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, list, send } from "../core/api.js";
import { connectForm } from "../core/connect_form.js";
import { Connecting, outcome } from "../core/connecting.js";
import { every } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, loadOnce, openFor } from "../core/page.js";
import { changed, follow, note, parameter } from "../core/routing.js";
import { word } from "../core/shell.js";
import { tell, tellError } from "../core/toasts.js";

const state = { found: null, form: null, connecting: null };
let searches = 0;

async function load() {
  const id = parameter("integrationId");
  if (!id) {
    state.connecting = state.form = null;
    state.found = await find();
  } else if (state.connecting?.integration.id !== id) {
    begin(await get(`/integrations/${encodeURIComponent(id)}`));
  }
}

function begin(integration) {
  const connecting = new Connecting({ integration, redraw });
  const { intervalMinutes } = integration.healthCheckConfig;
  state.connecting = connecting;
  state.form = connectForm({
    at: () => connecting.integration,
    name: integration.name,
    namesIt: true,
    connecting,
    redraw,
    inherited: intervalMinutes
      ? `Empty: as the integration has it, ${every(intervalMinutes)}.`
      : "Empty: as your organisation has it.",
    above: () => (connecting.integration.status === "active" ? nothing : notActive(connecting)),
  });
}

const find = () => list("/integrations", { search: parameter("search"), order: "name", limit: 20 });

/** Look while somebody types; an answer that comes after a newer one is dropped. */
async function search(event) {
  note({ search: event.target.value });
  const number = ++searches;
  try {
    const found = await find();
    if (number === searches) state.found = found;
  } catch (error) {
    tellError(error);
  }
  redraw();
}

const open = () => loadOnce(load, () => {
  redraw();
  document.querySelector("main input")?.focus();
});

function redraw() {
  draw(html`
    ${heading("Add a connection", {
      above: html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/connections">Connections</a></nav>`,
    })}
    ${state.connecting ? account(state) : chooser(state.found)}`);
}

const account = ({ connecting, form }) =>
  connecting.isDone
    ? outcome(connecting)
    : html`<section class="card narrow" aria-labelledby="account-title">
        <div class="card-head"><h2 id="account-title" class="cut" title=${connecting.integration.name}>Account at <bdi>${connecting.integration.name}</bdi></h2>
          <a href=${changed({ integrationId: null })} @click=${follow({ integrationId: null }, open)}>Another integration</a></div>
        ${form.view()}</section>`;

const notActive = (connecting) => html`
  <p class="notice warn">${icon("triangle-alert")}<span>This integration is
    ${word("integrationStatus", connecting.integration.status).toLowerCase()}: its connections are not tested.</span>
    <button type="button" class="button small" @click=${() => activate(connecting)}>Activate it</button></p>`;

async function activate(connecting) {
  const { id } = connecting.integration;
  try {
    connecting.integration = await send("PATCH", `/integrations/${id}`, { status: "active" });
    tell("The integration is active.");
    redraw();
  } catch (error) {
    tellError(error);
  }
}

const chooser = ({ data, pagination }) => html`
  <div class="toolbar">
    <div class="search">${icon("search")}<input type="search" aria-label="Find an integration"
      placeholder="Which integration?" autocomplete="off" .value=${parameter("search") ?? ""} @input=${search}></div>
    <a class="button" href="/integrations/new">${icon("plus")}New integration</a>
  </div>
  ${data.length
    ? html`<ul class="catalogue">${repeat(data, ({ id }) => id, choice)}</ul>`
    : html`<section class="card empty">${icon("search")}<h2>No integration like that</h2>
        <p>Add the API first: from the catalogue it takes one form, its first connection included.</p>
        <a class="button primary" href="/integrations/new">${icon("plus")}Add an integration</a></section>`}
  ${pagination.hasMore ? html`<p class="muted">There are more: type a part of the name.</p>` : nothing}`;

const choice = (integration) => {
  const target = { integrationId: integration.id, search: null };
  return html`<li><a class="card provider" href=${changed(target)} @click=${follow(target, open)}>
    <b class="cut" title=${integration.name}><bdi>${integration.name}</bdi></b>
    <small class="muted">${word("integrationStatus", integration.status)} · ${word("authType", integration.auth.type)}</small></a></li>`;
};

openFor("admin", open, "Add a connection", { path: "/connections", words: "To the connections" });
