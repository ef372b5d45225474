// The results over time as a band of bars; a bar leads to its checks in the history below.

import { html, nothing, svg } from "../../vendor/lit-html/lit-html.js";
import { get } from "../../core/api.js";
import { at, exact, plural, short } from "../../core/format.js";
import { part } from "../../core/parts.js";
import { word } from "../../core/shell.js";
import { spanChoice } from "./spans.js";

const WINDOWS = ["24h", "7d"];
const STACKED = ["unhealthy", "maintenance", "inconclusive", "degraded", "healthy"]; // from the ground up
const HEIGHT = 100;
const LEAST = 14; // of a bar's height: one failure among hundreds must be seen
const STEP = 10; // of the view box, a bar and the gap beside it
const GAP = 2;

/** The card's part. */
export function timeline({ path, redraw }, showBetween) {
  const results = part(async () => {
    const window = span.now();
    return { window, ...(await get(`${path}/timeline`, { window })) };
  }, redraw, { stay: 20_000 });
  const span = spanChoice("results", WINDOWS, "24h", () => (results.now(), redraw()));
  const view = () => results.view((found) => band(found, showBetween));
  return { ...results, tools: span.buttons, view };
}

function band({ window, since, bucketSeconds, points }, showBetween) {
  const began = new Date(since).getTime() / 1000;
  const found = new Map(points.map((point) => [new Date(point.at).getTime() / 1000, point]));
  // As far as now, and at least the window: the last step has only begun.
  const steps = Math.max(Math.ceil((Date.now() / 1000 - began) / bucketSeconds), 1);
  const bars = Array.from({ length: steps }, (_, n) => {
    const start = began + n * bucketSeconds;
    return { start, end: start + bucketSeconds, point: found.get(start) };
  });
  const bad = bars.filter(({ point }) => point && isBad(point)).reverse();
  return html`<figure class="trend timeline">
    <svg viewBox="0 0 ${steps * STEP - GAP} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-label=${describeAll(bars, bad)}>${bars.map((one, n) => bar(one, n, showBetween))}</svg>
    <figcaption class="muted">
      <small class="row between"><span>${at(since)}</span><span>now</span></small>
      <span class="legend">${STACKED.toReversed().map((name) => html`<small class=${name}>${nameOf(name)}</small>`)}
        <small class="none">No check</small></span>
    </figcaption>
    ${bad.length ? list(bad, window, showBetween) : nothing}</figure>`;
}

const NAMES = { inconclusive: word("outcome", "inconclusive"), maintenance: "In maintenance" };
const nameOf = (name) => NAMES[name] ?? word("standing", name);
const isBad = (point) => point.unhealthy || point.degraded || point.inconclusive || point.missed;
const sum = (point) => STACKED.reduce((total, name) => total + point[name], 0);

function bar({ start, end, point }, n, showBetween) {
  const x = n * STEP;
  let top = HEIGHT;
  const heights = point ? shares(point) : [["none", 8]];
  return svg`<g class=${point ? "leads" : ""} @click=${() => point && showBetween(start, end)}>
    ${heights.map(([name, height]) => {
      top -= height;
      return svg`<rect class=${name} x=${x} y=${top} width=${STEP - GAP} height=${height}></rect>`;
    })}<rect class="hit" x=${x} y="0" width=${STEP} height=${HEIGHT}><title>${describe({ start, end, point })}</title></rect></g>`;
}

/** How high each status stands: by its share, none too low to be seen. */
function shares(point) {
  const there = STACKED.filter((name) => point[name]);
  const room = HEIGHT - LEAST * there.length;
  return there.map((name) => [name, LEAST + (room * point[name]) / sum(point)]);
}

const iso = (seconds) => new Date(seconds * 1000).toISOString();

const describe = ({ start, end, point }) =>
  [
    `${exact(iso(start))} to ${exact(iso(end))}`,
    ...(point ? sayCounts(point) : ["No check"]),
    ...(point ? ["Click: to these checks"] : []),
  ].join("\n");

const sayCounts = (point) => [
  plural(sum(point), "check"),
  ...STACKED.filter((name) => point[name]).map((name) => `${nameOf(name)}: ${point[name]}`),
  ...(point.cause ? [`Mostly: ${word("cause", point.cause).toLowerCase()}`] : []),
  ...(point.missed ? [`Missed by Vitals: ${point.missed}`] : []),
];

const describeAll = (bars, bad) =>
  `Results over time: ${plural(bars.filter(({ point }) => point).length, "step")} with checks, ` +
  (bad.length ? `${bad.length} of them not all healthy; listed below` : "all healthy");

const list = (bad, window, showBetween) => html`
  <details><summary>${plural(bad.length, "time")} in ${window === "24h" ? "24 hours" : "7 days"} when not all was well</summary>
    <ul class="plain-list">${bad.map(({ start, end, point }) => html`
      <li><button type="button" class="as-link" @click=${() => showBetween(start, end)}>${short(iso(start))}</button>
        <span class="muted">${sayCounts(point).slice(1).join(", ")}</span></li>`)}</ul></details>`;
