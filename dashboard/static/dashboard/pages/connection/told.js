// What people were told of the connection lately, and how to have it quiet for a while.

import { html } from "../../vendor/lit-html/lit-html.js";
import { list, withQuery } from "../../core/api.js";
import { noticeList } from "../../core/notices.js";
import { part } from "../../core/parts.js";
import { can } from "../../core/shell.js";

const SHOWN = 5;

/** The card's part. */
export function told({ id, redraw }) {
  const notices = part(
    async () => (await list("/notices", { connectionId: id, limit: SHOWN })).data,
    redraw,
    { stay: 3_000 },
  );
  const plan = () =>
    can("operator")
      ? html`<a href=${withQuery("/maintenance/new", { connectionId: id })}>Plan maintenance</a>`
      : null;
  const shown = (rows) =>
    rows.length
      ? html`${noticeList(rows)}
          <p class="list-note"><a href=${withQuery("/notices", { connectionId: id })}>All that was told of it</a></p>`
      : html`<p class="muted list-note">Nobody was told anything of it yet.</p>`;
  return { ...notices, tools: plan, view: () => notices.view(shown) };
}
