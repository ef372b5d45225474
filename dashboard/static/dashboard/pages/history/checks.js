// All checks, in rows that open to what is known of each.

import { html } from "../../vendor/lit-html/lit-html.js";
import { checkTable } from "../../core/checks.js";
import { checkChoices } from "../../core/filters.js";
import { icon } from "../../core/icons.js";

/** A tab of the history. */
export function checks({ redraw }) {
  const open = new Set();
  return {
    title: "Checks",
    icon: "stethoscope",
    path: "/health-checks",
    filters: ["status", "outcome", "failureCause", "checkType"],
    newOnes: ["new check"],
    isHeld: () => open.size > 0,
    choices: checkChoices,
    table: (rows) => checkTable(rows, { open, redraw, named: true }),
    none,
  };
}

const none = (isFiltered, { clear }) =>
  isFiltered
    ? html`${icon("search")}<h2>No check is like that</h2>
        <button type="button" class="button" @click=${clear}>Show all</button>`
    : html`${icon("stethoscope")}<h2>No check yet</h2>
        <p>Vitals makes the first one as soon as there is a connection, and goes on by itself.</p>
        <a class="button primary" href="/connections">To the connections</a>`;
