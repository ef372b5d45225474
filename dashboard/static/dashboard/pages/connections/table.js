// The connections as rows; on a phone as cards.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { ago, exact, milliseconds } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { can, word } from "../../core/shell.js";
import { badge, credentialLook, quietMarks, strip } from "../../core/status.js";

/** `recent` has the latest checks by connection's id, as far as they are there. */
export const table = (connections, { recent, choice, quick }) => html`
  <table class="table cards connections">
    <thead><tr>
      ${can("operator") ? html`<th scope="col"><span class="visually-hidden">Select</span></th>` : nothing}
      <th scope="col">Connection</th><th scope="col">Status</th><th scope="col">Last checked</th>
      <th scope="col" class="end">Latency</th><th scope="col">Last 30 results</th>
      ${can("operator") ? html`<th scope="col"><span class="visually-hidden">Check</span></th>` : nothing}
    </tr></thead>
    <tbody>${repeat(connections, ({ id }) => id, (connection) => row(connection, { checks: recent.get(connection.id), choice, quick }))}</tbody>
  </table>`;

const row = (connection, { checks, choice, quick }) => html`<tr>
  ${can("operator") ? html`<td class="select">${choice.box(connection)}</td>` : nothing}
  <td class="grow name"><a class="cut" href="/connections/${connection.id}" title=${connection.name}><b><bdi>${connection.name}</bdi></b></a>
    <small class="cut muted" title=${connection.integrationName}><bdi>${connection.integrationName}</bdi></small></td>
  <td class="standing"><span class="marks">${badge(connection.standing)}${marks(connection)}</span></td>
  <td class="checked"><span class="only-phone muted">Checked </span>${ago(connection.lastHealthCheckAt)}</td>
  <td class="latency end number">${checks?.length ? milliseconds(checks[0].latencyMs) : html`<span class="muted" aria-label="unknown">–</span>`}</td>
  <td class="results">${checks ? strip(checks) : html`<span class="strip waiting"></span>`}</td>
  ${can("operator") ? html`<td class="act end">${quick.button(connection)}</td>` : nothing}
</tr>`;

/** What the status alone does not say. */
function marks(connection) {
  const { status, credential, muted, mutedUntil } = connection;
  return html`
    ${status === "active" ? nothing : html`<span class="chip">${icon("pause")}${word("connectionStatus", status)}</span>`}
    ${credential.state === "active" ? nothing : credentialMark(credential)}
    ${quietMarks(connection, { brief: true })}
    ${muted
      ? html`<span class="chip" title=${mutedUntil ? `until ${exact(mutedUntil)}` : "until it is unmuted"}>${icon("bell-off")}Muted</span>`
      : nothing}`;
}

function credentialMark({ state, expiresAt }) {
  const [look] = credentialLook(state);
  return html`<span class="badge ${look}" title=${expiresAt ? `expires ${exact(expiresAt)}` : nothing}>${icon("key-round")}<span
    class="visually-hidden">Credential: </span>${word("credential", state)}</span>`;
}
