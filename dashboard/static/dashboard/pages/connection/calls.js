// When it is called: the circuit breaker and the schedule.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ago, at, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { word } from "../../core/shell.js";

const LOOKS = {
  closed: ["good", "circle-check"],
  half_open: ["warn", "triangle-alert"],
  open: ["bad", "octagon-x"],
};
const MEANINGS = {
  closed: "Calls are made as planned.",
  half_open: "After repeated failures, the next call is a trial: if it passes, all goes on as planned.",
  open: "After repeated failures scheduled checks leave the API alone. A check by hand still calls it.",
};

const SOON = 5_000; // ms

/** What the circuit breaker does. */
export const breaker = ({ connection }) => {
  const { circuitBreakerStatus: state, circuitBreakerOpenUntil: until } = connection;
  const failed = connection.consecutiveFailures;
  const [look, shape] = LOOKS[state];
  return html`<section class="card stack tight" aria-labelledby="breaker-title">
    <div class="row between"><h2 id="breaker-title">Circuit breaker</h2>
      <span class="badge ${look}">${icon(shape)}${word("circuit", state)}</span></div>
    ${state === "open" && until ? html`<p>Not called until ${at(until)} (${ago(until)}).</p>` : nothing}
    <p class="muted">${MEANINGS[state]}${failed ? ` ${plural(failed, "check")} failed in a row.` : ""}</p>
  </section>`;
};

/** How often it is checked, and when next. */
export const schedule = ({ connection, integration }) => html`
  <section class="card" aria-labelledby="schedule-title">
    <h2 id="schedule-title">Schedule</h2>
    <dl class="facts">
      <dt>Interval</dt><dd>${every(connection.effectiveIntervalMinutes)}
        <small class="muted">${whose(connection, integration)}</small></dd>
      <dt>Last check</dt><dd>${ago(connection.lastHealthCheckAt, "not yet")}</dd>
      <dt>Next check</dt><dd>${next(connection)}</dd>
      ${connection.healthStatus === "healthy" ? nothing : html`
        <dt>Last success</dt><dd>${ago(connection.lastSuccessfulCheckAt, "none yet")}</dd>`}
    </dl>
  </section>`;

const next = ({ nextCheckAt }) => {
  if (!nextCheckAt) return html`<span class="muted">none while it is not being checked</span>`;
  return new Date(nextCheckAt) - Date.now() < SOON ? "due now" : ago(nextCheckAt);
};

const UNITS = [["day", 1440], ["hour", 60], ["minute", 1]];

function every(minutes) {
  const [unit, size] = UNITS.find(([, size]) => minutes % size === 0);
  return minutes === size ? `every ${unit}` : `every ${plural(minutes / size, unit)}`;
}

function whose(connection, integration) {
  if (connection.intervalMinutes) return "its own";
  if (!integration) return "";
  return integration.healthCheckConfig.intervalMinutes ? "from its integration" : "from the organisation";
}
