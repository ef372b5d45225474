// Uptime and what goes with it, in plain words.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { get } from "../../core/api.js";
import { duration, percent } from "../../core/format.js";
import { part } from "../../core/parts.js";

const NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days" };

/** The figures of the four windows. */
export function uptime({ path, redraw }) {
  const figures = part(() => get(`${path}/uptime`), redraw);
  return { ...figures, view: () => figures.view(({ windows }) => html`<dl class="uptimes">${windows.map(row)}</dl>`) };
}

const row = (figures) => html`<div>
  <dt>${NAMES[figures.window]}</dt>
  <dd><b class="number">${percent(figures.uptime)}</b>
    <small class="muted">${figures.uptime === null ? "Nothing was observed." : sentences(figures)}</small></dd></div>`;

const sentences = ({ downtimeSeconds, longestOutageSeconds, mttrSeconds, mtbfSeconds, coverage }) => html`
  ${downtimeSeconds ? html`Down for ${duration(downtimeSeconds)} in all.` : "Never down."}
  ${longestOutageSeconds ? html`The longest outage took ${duration(longestOutageSeconds)}.` : nothing}
  ${mttrSeconds ? html`<abbr title="Mean time to recovery (MTTR)">Back after ${duration(mttrSeconds)} on average</abbr>,` : nothing}
  ${mtbfSeconds ? html`<abbr title="Mean time between failures (MTBF)">up for ${duration(mtbfSeconds)} between outages</abbr>.` : nothing}
  ${coverage !== null && coverage < 100 ? html`${percent(coverage)} of the planned checks took place: the others Vitals missed.` : nothing}`;
