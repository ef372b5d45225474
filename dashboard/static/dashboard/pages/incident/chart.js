// How many of an incident's connections were down, over time.

import { html } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { at, count } from "../../core/format.js";
import { lineChart } from "../../core/line_chart.js";

const AROUND = 300; // s shown before its begin and after its end

// Its axis has marks between whole numbers where few are down.
const whole = (value) => (Number.isInteger(value) ? count(value) : "");
const seconds = (iso) => Date.parse(iso) / 1000;

/** Returns `view(points, incident)`, with points `{at, down}`, oldest first. */
export function downChart() {
  let show = null;
  let drawn = null;
  const place = (element) => {
    show = element && lineChart(element, { format: whole, onCursor: () => {} });
    drawn = null;
  };
  return (points, incident) => {
    const end = incident.resolvedAt ? seconds(incident.resolvedAt) + AROUND : Date.now() / 1000;
    const begin = seconds(incident.startedAt) - AROUND;
    // The canvas is drawn after the place for it is there, and only for other figures.
    queueMicrotask(() => {
      if (!show || drawn === points) return;
      drawn = points;
      show({
        times: [begin, ...points.map((point) => seconds(point.at))],
        lines: [{ values: [0, ...points.map(({ down }) => down)], token: "bad-bar", steps: true }],
        span: [begin, end],
      });
    });
    return html`<div class="chart" aria-hidden="true" ${ref(place)}></div>
      <details><summary>These figures as a table</summary>
        <div class="scroll tall"><table class="table">
          <thead><tr><th scope="col">At</th><th scope="col" class="end">Connections down</th></tr></thead>
          <tbody>${points.toReversed().map((point) => html`<tr><th scope="row">${at(point.at)}</th>
            <td class="end number">${count(point.down)}</td></tr>`)}</tbody></table></div></details>`;
  };
}
