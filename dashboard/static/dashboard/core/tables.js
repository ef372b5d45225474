// Cells that several tables have.

import { html } from "../vendor/lit-html/lit-html.js";

/** The connection of a row, with its integration: `{connectionId, connectionName, integrationName}`. */
export const nameCell = ({ connectionId, connectionName, integrationName }) => html`
  <td class="grow whole whose"><a class="cut" href="/connections/${connectionId}" title=${connectionName}>
    <bdi>${connectionName}</bdi></a><small class="cut muted" title=${integrationName}><bdi>${integrationName}</bdi></small></td>`;
