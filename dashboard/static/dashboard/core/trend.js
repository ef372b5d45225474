// How many connections stood where, over time: stacked bars.

import { html, svg } from "../vendor/lit-html/lit-html.js";
import { at, exact, percent, plural } from "./format.js";
import { word } from "./shell.js";

const STACKED = ["unhealthy", "degraded", "healthy"]; // from the ground up
const HEIGHT = 100;
const STEP = 10; // of the view box, a bar and the gap beside it
const GAP = 2;

/** `points` as `/health-checks/trend` has them, oldest first. */
export function trend(points) {
  const most = Math.max(1, ...points.map(sum));
  const last = points.at(-1);
  const said = STACKED.map((name) => `${last?.[name] ?? 0} ${name}`).join(", ");
  return html`<figure class="trend">
    <svg viewBox="0 0 ${points.length * STEP - GAP} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-label="Connections by status over time; at the end ${said}">
      ${points.map((point, n) => bar(point, n * STEP, most))}</svg>
    <figcaption class="muted">
      <small class="row between"><span>${points.length ? at(points[0].at) : null}</span><span>now</span></small>
      <span class="legend">${STACKED.toReversed().map((name) => html`<small class=${name}>${word("standing", name)}</small>`)}</span>
    </figcaption></figure>`;
}

const sum = (point) => STACKED.reduce((total, name) => total + (point[name] ?? 0), 0);

function bar(point, x, most) {
  let top = HEIGHT;
  return svg`<g>${STACKED.map((name) => {
    const height = ((point[name] ?? 0) / most) * HEIGHT;
    top -= height;
    return svg`<rect class=${name} x=${x} y=${top} width=${STEP - GAP} height=${height}></rect>`;
  })}<rect class="hit" x=${x} y="0" width=${STEP} height=${HEIGHT}><title>${describe(point)}</title></rect></g>`;
}

const describe = (point) =>
  [
    exact(point.at),
    ...STACKED.map((name) => `${word("standing", name)}: ${point[name] ?? "unknown"}`),
    `Uptime: ${percent(point.uptime)}`,
    `${plural(point.checks ?? 0, "check")}, ${point.failed ?? 0} failed, ${point.missed ?? 0} missed`,
  ].join("\n");
