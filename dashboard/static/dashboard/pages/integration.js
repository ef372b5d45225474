// One integration: its connections, how it is checked, and the calls that it can make.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, list } from "../core/api.js";
import { ago, count } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, keepFresh } from "../core/page.js";
import { providerFacts } from "../core/provider.js";
import { can, shell, word } from "../core/shell.js";
import { badge } from "../core/status.js";
import { actions, loadTestAction } from "./integration/actions.js";
import { configuration } from "./integration/configuration.js";
import { head } from "./integration/head.js";

const SHOWN = 20; // connections; the list has the rest

const place = `/integrations/${shell.path.id}`;
const state = { integration: null, provider: null, connections: null, counted: null };
const calls = actions({ place, state, refresh: () => refresh() });
const checking = configuration({ place, state, redraw: show, refresh: () => refresh() });
const refresh = keepFresh(load, show);
addEventListener("popstate", refresh);

async function load() {
  const [integration, connections, counts] = await Promise.all([
    get(place),
    list("/connections", { integrationId: shell.path.id, order: "standing", limit: SHOWN }),
    get("/health-checks/by-integration", { integrationId: shell.path.id }),
    calls.load(),
  ]);
  const testAction = await loadTestAction(place, integration);
  Object.assign(state, { integration, connections, counted: counts[0], testAction });
  if (integration.provider && !state.provider)
    state.provider = await get(`/providers/${integration.provider}`);
}

function show() {
  const { integration } = state;
  document.title = `${integration.name} · Vitals`;
  draw(html`
    ${head({ place, state, refresh })}
    <div class="columns wide-first">
      <div class="stack">${connections()}${calls.view()}</div>
      <div class="stack">${checking.view()}${about(state)}</div>
    </div>`);
}

const addConnection = () => html`
  <a class="button small" href="/connections/new?integrationId=${shell.path.id}">${icon("plus")}Add a connection</a>`;

const connections = () => html`
  <section class="card flush" aria-labelledby="connections-title">
    <div class="card-head"><h2 id="connections-title">Connections
        ${state.counted ? html`<span class="muted">${count(state.counted.total)}</span>` : nothing}</h2>
      ${can("admin") ? addConnection() : nothing}</div>
    ${state.connections.data.length
      ? html`<ul class="list">${repeat(state.connections.data, ({ id }) => id, connectionRow)}</ul>`
      : html`<div class="empty">${icon("plug")}<p>No account is connected yet: nothing is tested.</p></div>`}
    ${state.connections.pagination.hasMore
      ? html`<p class="list-note"><a href="/connections?integrationId=${shell.path.id}&order=standing">All connections</a></p>`
      : nothing}
  </section>`;

const connectionRow = (connection) => html`
  <li class="row between">
    <span class="row name">${badge(connection.standing)}
      <a class="cut" href="/connections/${connection.id}" title=${connection.name}><bdi>${connection.name}</bdi></a></span>
    <small class="muted">checked ${ago(connection.lastHealthCheckAt)}</small></li>`;

const about = ({ integration, provider }) => html`
  <section class="card stack" aria-labelledby="about-title"><h2 id="about-title">The API</h2>
    <dl class="facts">
      <dt>Base URL</dt><dd><code>${integration.baseUrl}</code></dd>
      <dt>Authentication</dt><dd>${word("authType", integration.auth.type)}</dd>
      ${Object.keys(integration.headers).length
        ? html`<dt>Headers</dt><dd>${Object.entries(integration.headers).map(([name, value]) =>
            html`<code>${name}: ${value}</code> `)}</dd>`
        : nothing}
      ${integration.tags.length
        ? html`<dt>Tags</dt><dd class="chips">${integration.tags.map((tag) => html`<span class="chip"><bdi>${tag}</bdi></span>`)}</dd>`
        : nothing}
    </dl>
    ${provider ? providerFacts(provider) : nothing}
  </section>`;
