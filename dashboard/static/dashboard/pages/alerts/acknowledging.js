// Saying that somebody has seen an alert: one, or all that are selected.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { selecting } from "../../core/selecting.js";
import { tell, tellError } from "../../core/toasts.js";

/**
 * `button(alert)` acknowledges one, `box(alert)` selects it, `many(alerts)` those selected, which
 * `clear` forgets.
 */
export function acknowledging({ redraw, refresh }) {
  const selection = selecting(redraw);
  const busy = new Set(); // ids

  async function acknowledge(alerts) {
    const waiting = alerts.filter(({ id }) => !busy.has(id));
    for (const { id } of waiting) busy.add(id);
    redraw();
    try {
      for (const { id } of waiting) await send("POST", `/alerts/${id}/acknowledge`);
      tell(`${plural(waiting.length, "alert")} acknowledged.`);
      selection.clear();
    } catch (error) {
      tellError(error);
    }
    await refresh();
    for (const { id } of waiting) busy.delete(id);
    redraw();
  }

  const unseen = (alerts) => alerts.filter(({ acknowledgedAt }) => !acknowledgedAt);

  return {
    clear: selection.clear,
    box: (alert) =>
      alert.acknowledgedAt || alert.resolvedAt
        ? nothing
        : selection.box(alert, `the alert of ${alert.connectionName}`),
    many: (alerts) => html`<div class="row">${unseen(alerts).length ? selection.all(unseen(alerts)) : nothing}
      ${selection.rows().length
        ? html`<button type="button" class="button small" @click=${() => acknowledge(selection.rows())}>
            ${icon("check")}Acknowledge those selected</button>`
        : nothing}</div>`,
    button: (alert) => html`<button type="button" class="button small" aria-disabled=${String(busy.has(alert.id))}
      aria-label="Acknowledge the alert of ${alert.connectionName}" @click=${() => acknowledge([alert])}>
      ${busy.has(alert.id) ? icon("refresh-cw", "spin") : icon("check")}Acknowledge</button>`,
  };
}
