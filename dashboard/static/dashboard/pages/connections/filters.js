// What of the connections is shown, and in which order.

import { html } from "../../vendor/lit-html/lit-html.js";
import { get, list } from "../../core/api.js";
import { combobox } from "../../core/combobox.js";
import { addressed, clearFilters, isFiltered } from "../../core/filters.js";
import { parameter } from "../../core/routing.js";
import { choices } from "../../core/shell.js";

const NAMES = ["search", "standing", "integrationId", "tag", "muted"];
const MUTED = [["true", "Muted"], ["false", "Not muted"]];
const ORDERS = [
  ["standing", "Worst first"],
  ["name", "By name"],
  ["-lastHealthCheckAt", "Last checked first"],
  ["lastHealthCheckAt", "Longest not checked"],
];

/** The filters as the API takes them. */
export const asked = () =>
  Object.fromEntries(NAMES.map((name) => [name, parameter(name)?.trim() || null]));

/** Whether any is set. */
export const isAsked = () => isFiltered(NAMES);

/** The bar above the list: `view` it, `clear` all filters. */
export function bar({ redraw, refresh }) {
  const fields = addressed(refresh);
  const integrations = combobox({
    name: "integration",
    label: "Integration",
    find: async (search) => (await list("/integrations", { search, order: "name", limit: 20 })).data,
    nameOf: async (id) => (await get(`/integrations/${encodeURIComponent(id)}`)).name,
    choose: (chosen) => fields.set({ integrationId: chosen?.id ?? null }),
    redraw,
  });
  const clear = () => fields.set(Object.fromEntries(NAMES.map((name) => [name, null])));
  const view = () => html`
    <search class="toolbar connections-bar" aria-label="Connections">
      ${fields.search({ label: "Search by name" })}
      ${fields.select("standing", "Status", "Any status", choices("standing"))}
      ${integrations.view(parameter("integrationId"))}
      ${fields.search({ name: "tag", label: "Tag", shape: "filter", most: 60 })}
      ${fields.select("muted", "Muted", "Muted or not", MUTED)}
      ${fields.select("order", "Order", "Newest first", ORDERS)}
      ${clearFilters(asked(), clear)}
    </search>`;
  return { view, clear };
}
