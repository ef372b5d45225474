// Health checks as a table: rows that open to all that is known of a check.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { nextStep } from "./advice.js";
import { copyable } from "./copying.js";
import { ago, at, exact, milliseconds } from "./format.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";
import { badge } from "./status.js";
import { nameCell } from "./tables.js";

/**
 * A table of checks, as the API lists them. `open` is the Set of the ids whose details are shown,
 * and `redraw` is called when it has changed; `named`: with the connection of each.
 */
export const checkTable = (checks, { open, redraw, named = false }) => html`
  <table class="table cards checks">
    <thead><tr>
      <th scope="col">Checked</th>
      ${named ? html`<th scope="col">Connection</th>` : nothing}
      <th scope="col">Status</th><th scope="col">Result</th>
      <th scope="col">HTTP</th><th scope="col" class="end">Latency</th><th scope="col">Type</th>
    </tr></thead>
    <tbody>${repeat(checks, (check) => check.id, (check) => rows(check, { open, redraw, named }))}</tbody>
  </table>`;

function rows(check, { open, redraw, named }) {
  const isOpen = open.has(check.id);
  const toggle = () => {
    if (!open.delete(check.id)) open.add(check.id);
    redraw();
  };
  // The button is for everybody; with a mouse the whole row will do.
  const onRow = (event) => event.target.closest("a, button") || toggle();
  return html`
    <tr class="opens ${isOpen ? "is-open" : ""}" @click=${onRow}>
      <td><button type="button" class="opener" aria-expanded=${String(isOpen)}
        aria-controls="check-${check.id}" @click=${toggle}>${icon("chevron-right")}
        <span class="visually-hidden">Details of the check </span>${at(check.createdAt)}</button></td>
      ${named ? nameCell(check) : nothing}
      <td class="status">${badge(check.status)}</td>
      <td class="result">${result(check)}</td>
      <td class="http number muted">${check.testActionStatusCode ?? html`<span aria-label="no answer">–</span>`}</td>
      <td class="latency end number">${milliseconds(check.latencyMs)}</td>
      <td class="type nowrap muted">${word("checkType", check.checkType)}</td>
    </tr>
    <tr class="details" id="check-${check.id}" ?hidden=${!isOpen}>
      <td colspan=${named ? 7 : 6}>${isOpen ? checkDetails(check) : nothing}</td></tr>`;
}

const result = ({ outcome, failureCause, maintenance }) => html`<span class="row nowrap">
  <span>${word("outcome", outcome)}</span>
  ${maintenance ? html`<span class="chip">${icon("timer")}Maintenance</span>` : nothing}
  ${failureCause ? html`<span class="chip">${word("cause", failureCause)}</span>` : nothing}</span>`;

/** All that is known of a check: what happened, who must act, and the figures. */
export const checkDetails = (check) => html`
  <div class="check-details stack">
    ${whatHappened(check)}
    <dl class="facts">
      ${fact("Checked", html`${exact(check.createdAt)} (${ago(check.createdAt)}), ${word("checkType", check.checkType).toLowerCase()}`)}
      ${fact("Credential", credential(check))}
      ${fact("Test action", testAction(check))}
      ${fact("Circuit breaker", word("circuit", check.circuitBreakerStatus))}
      ${fact("Latency", latency(check))}
      ${fact("Check", copyable(check.id, "the id of the check"))}
      ${fact("Connection", copyable(check.connectionId, "the id of the connection"))}
    </dl>
  </div>`;

const fact = (label, value) => html`<dt>${label}</dt><dd>${value}</dd>`;

function whatHappened({ outcome, error, reasons, maintenance, suggestedResolution }) {
  const said = error?.message ?? (reasons.length ? null : "Everything was as it should be.");
  return html`<div class="stack tight">
    ${said ? html`<p><b>${said}</b></p>` : nothing}
    ${reasons.length
      ? html`<ul class="bullets">${reasons.map((reason) => html`<li>${word("reason", reason)}</li>`)}</ul>`
      : nothing}
    ${outcome === "inconclusive"
      ? html`<p class="muted">Inconclusive: it counts neither as passed nor as failed.</p>`
      : nothing}
    ${maintenance
      ? html`<p class="muted">It was in maintenance: this does not count against uptime.</p>`
      : nothing}
    ${suggestedResolution ? nextStep(suggestedResolution) : nothing}</div>`;
}

const credential = ({ credentialStatus, credentialExpiresAt }) => html`
  ${word("credential", credentialStatus)}${credentialExpiresAt
    ? html`, expires ${at(credentialExpiresAt)} (${ago(credentialExpiresAt)})`
    : nothing}`;

function testAction(check) {
  const { testActionId: id, testActionName: name, testActionSuccess: passed } = check;
  if (!id || passed === null) return "Not called";
  const error = check.testActionError;
  const said = passed ? "Passed" : (error?.message ?? "Failed");
  return html`${name ? html`<bdi>${name}</bdi>: ` : nothing}${said}
    ${check.testActionStatusCode ? html`(HTTP ${check.testActionStatusCode})` : nothing}
    <br>${copyable(id, "the id of the test action")}`;
}

const latency = ({ latencyMs, testActionLatencyMs }) =>
  testActionLatencyMs === null
    ? milliseconds(latencyMs)
    : `${milliseconds(latencyMs)}, of which the call took ${milliseconds(testActionLatencyMs)}`;
