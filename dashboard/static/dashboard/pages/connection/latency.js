// How fast the test action answers, over time.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { get } from "../../core/api.js";
import { at, milliseconds, plural, short } from "../../core/format.js";
import { lineChart } from "../../core/line_chart.js";
import { part } from "../../core/parts.js";
import { spanChoice } from "./spans.js";

const WINDOWS = { "24h": 86_400, "7d": 604_800, "30d": 2_592_000, "90d": 7_776_000 };

/** The card's part. */
export function latency(shared) {
  const { path, redraw } = shared;
  const state = { cursor: null, drawn: null };
  let show = null;
  const figures = part(async () => {
    const window = span.now();
    return { window, ...(await get(`${path}/latency`, { window })) };
  }, redraw);
  const span = spanChoice("latency", Object.keys(WINDOWS), "24h", () => {
    state.cursor = null;
    figures.now();
    redraw();
  });

  const onCursor = (index) => {
    if (index === state.cursor) return;
    state.cursor = index;
    redraw();
  };
  const place = (element) => {
    show = element && lineChart(element, { format: milliseconds, onCursor });
    state.drawn = null;
  };
  const chart = (found) => {
    const series = seriesOf(found, shared.connection.effectiveIntervalMinutes * 60);
    // The canvas is drawn after the place for it is there, and only for other figures.
    queueMicrotask(() => {
      if (!show || state.drawn === found) return;
      state.drawn = found;
      show({
        times: series.times,
        lines: [
          { values: series.p95, token: "warn-bar" },
          { values: series.p50, token: "link" },
        ],
        span: [Date.now() / 1000 - WINDOWS[found.window], Date.now() / 1000],
        limit: { value: found.thresholdMs, label: `Threshold ${milliseconds(found.thresholdMs)}` },
      });
    });
    return html`
      <p class="chart-note"><span class="legend"><small class="p50">p50: half are faster</small>
        <small class="p95">p95: 19 of 20 are faster</small><small class="limit">Threshold: slower is degraded</small></span>
        <small class="muted" aria-hidden="true">${readout(series.points[state.cursor])}</small></p>
      <div class="chart" aria-hidden="true" ${ref(place)}></div>
      ${table(found)}`;
  };
  return {
    ...figures,
    tools: span.buttons,
    view: () => figures.view((found) => (found.points.length ? chart(found) : none())),
  };
}

const none = () => html`<p class="muted">No check has passed in this time, so there are no latencies.</p>`;

/** The points with breaks where nothing passed for longer than twice the interval. */
function seriesOf({ bucketSeconds, points }, interval) {
  const most = Math.max(bucketSeconds, 2 * interval) + bucketSeconds / 2;
  const shown = [];
  for (const point of points) {
    const time = new Date(point.at).getTime() / 1000;
    const before = shown.at(-1)?.time;
    if (before && time - before > most) shown.push({ time: before + bucketSeconds });
    shown.push({ ...point, time, bucketSeconds });
  }
  return {
    points: shown,
    times: shown.map(({ time }) => time),
    p50: shown.map(({ p50 = null }) => p50),
    p95: shown.map(({ p95 = null }) => p95),
  };
}

const readout = (point) =>
  point?.at
    ? `${short(point.at)}: p50 ${milliseconds(point.p50)}, p95 ${milliseconds(point.p95)}, ` +
      `slowest ${milliseconds(point.max)} of ${plural(point.count, "check")}`
    : "Point at the chart for its values";

const table = ({ points }) => html`
  <details><summary>These figures as a table</summary>
    <div class="scroll tall"><table class="table">
      <thead><tr><th scope="col">From</th><th scope="col" class="end">p50</th><th scope="col" class="end">p95</th>
        <th scope="col" class="end">Slowest</th><th scope="col" class="end">Checks</th></tr></thead>
      <tbody>${points.toReversed().map((point) => html`<tr><th scope="row">${at(point.at)}</th>
        <td class="end number">${milliseconds(point.p50)}</td><td class="end number">${milliseconds(point.p95)}</td>
        <td class="end number">${milliseconds(point.max)}</td><td class="end number">${point.count}</td></tr>`)}</tbody>
    </table></div></details>`;
