// Of which connection, or of all of which integration.

import { get, list } from "./api.js";
import { combobox } from "./combobox.js";

const MOST = 20;
const FOUND = [
  { path: "/connections", filter: "connectionId", group: "Connections" },
  { path: "/integrations", filter: "integrationId", group: "Integrations" },
];

/** `view(filters)` draws the field; `change` is called with both of its filters. */
export function whose(change, redraw) {
  const field = combobox({
    name: "whose",
    label: "Connection or integration",
    find: async (text) => (await Promise.all(FOUND.map((kind) => look(kind, text)))).flat(),
    nameOf: async (key) => {
      const [filter, id] = key.split("=");
      const { path } = FOUND.find((kind) => kind.filter === filter);
      return (await get(`${path}/${encodeURIComponent(id)}`)).name;
    },
    choose: (option) => {
      const [filter, id] = option?.id.split("=") ?? [];
      change({ connectionId: null, integrationId: null, ...(filter && { [filter]: id }) });
    },
    redraw,
  });
  return { view: (filters) => field.view(keyOf(filters)) };
}

const look = async ({ path, filter, group }, text) => {
  const { data } = await list(path, { search: text, order: "name", limit: MOST });
  return data.map(({ id, name, integrationName = null }) => ({
    id: `${filter}=${id}`, name, note: integrationName, group,
  }));
};

const keyOf = (filters) => {
  const { filter } = FOUND.find((kind) => filters[kind.filter]) ?? {};
  return filter ? `${filter}=${filters[filter]}` : null;
};
