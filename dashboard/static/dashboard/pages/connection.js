// One connection: how it is, why, and what to do about it.

import { html } from "../vendor/lit-html/lit-html.js";
import { get } from "../core/api.js";
import { draw, keepFresh } from "../core/page.js";
import { part } from "../core/parts.js";
import { shell } from "../core/shell.js";
import { check } from "./connection/check.js";
import { arrival } from "./connection/arrival.js";
import { breaker, schedule } from "./connection/calls.js";
import { credential } from "./connection/credential.js";
import { failures } from "./connection/failures.js";
import { head } from "./connection/head.js";
import { history } from "./connection/history.js";
import { latency } from "./connection/latency.js";
import { told } from "./connection/told.js";
import { testAction } from "./connection/test_action.js";
import { timeline } from "./connection/timeline.js";
import { trouble } from "./connection/trouble.js";
import { uptime } from "./connection/uptime.js";

const { id } = shell.path;
const state = { connection: null, integration: null };

const show = () => {
  if (!state.connection) return;
  document.title = `${state.connection.name} · Vitals`;
  draw(page());
};

/** What the parts share. `changed` looks at the connection again, at once. */
const shared = {
  id,
  path: `/connections/${id}`,
  redraw: show,
  changed: () => {
    checkNow.forget();
    return Promise.all([refresh(), integration.now()]);
  },
  checked: () => Promise.all([refresh(), ...Object.values(parts).map((one) => one.now?.())]),
  get connection() {
    return state.connection;
  },
  get integration() {
    return state.integration;
  },
};

const integration = part(
  async () => (state.integration = await get(`/integrations/${state.connection.integrationId}`)),
  show,
);
const checkNow = check(shared);
const welcome = arrival(show);
const checks = history(shared);
const parts = {
  timeline: timeline(shared, checks.showBetween),
  latency: latency(shared),
  failures: failures(shared),
  history: checks,
  told: told(shared),
  uptime: uptime(shared),
  testAction: testAction(shared),
};

const refresh = keepFresh(async () => {
  for (const one of Object.values(parts)) one.look();
  state.connection = await get(shared.path);
  // What hangs on the connection itself.
  integration.look();
  parts.testAction.look();
}, show);

const page = () => html`
  ${head(shared, checkNow)}
  ${welcome()}
  ${checkNow.result()}
  <div class="columns wide-first connection-page">
    <div class="stack">
      ${trouble(shared)}
      ${card("timeline", "Results", parts.timeline)}
      ${card("latency", "Latency", parts.latency)}
      ${card("failures", "Failures", parts.failures)}
      ${card("told", "What was told", parts.told, "flush")}
    </div>
    <div class="stack">
      ${integration.view(() => credential(shared))}
      ${breaker(shared)}
      ${schedule(shared)}
      ${card("uptime", "Uptime", parts.uptime)}
      ${card("test-action", "Test action", parts.testAction)}
    </div>
  </div>
  ${card("history", "History", parts.history, "flush")}`;

const card = (name, title, one, more = "") => html`
  <section class="card ${more}" id=${name} aria-labelledby="${name}-title">
    <div class="card-head"><h2 id="${name}-title">${title}</h2>${one.tools?.()}</div>
    ${one.view()}
  </section>`;
