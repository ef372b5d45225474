// Which part of all the connections a page of the list shows.

import { get } from "../../core/api.js";
import { count, plural } from "../../core/format.js";
import { part } from "../../core/parts.js";
import { parameter } from "../../core/routing.js";
import { asked } from "./filters.js";

export const SIZE = 50; // connections on a page

/** `look(page)` counts what `said(page)` says. */
export function totals(redraw) {
  let counted = { of: null, total: null };
  const counting = part(
    async () => {
      const filters = asked();
      counted = { of: JSON.stringify(filters), total: await countAll(filters) };
    },
    redraw,
    { stay: 15_000 },
  );
  const isOfThese = () => counted.of === JSON.stringify(asked());
  const totalOf = (page) => {
    if (!page.pagination.hasMore && before() !== null) return before() + page.data.length;
    return isOfThese() ? counted.total : null;
  };
  return {
    look: (page) => {
      if (!page.pagination.hasMore && before() !== null) return;
      if (isOfThese()) counting.look();
      else counting.now();
    },
    said: (page) => {
      const shown = page.data.length;
      const total = totalOf(page);
      const first = before();
      const range = first === null ? plural(shown, "connection") : `${count(first + 1)}–${count(first + shown)}`;
      return total === null ? range : `${range} of ${count(total)}`;
    },
  };
}

/** How many connections stand on the pages before this one; null where the way here is unknown. */
function before() {
  if (!parameter("cursor")) return 0;
  return history.state?.earlier ? history.state.earlier.length * SIZE : null;
}

/** How many connections are like that, where the API counts them; null: it does not. */
async function countAll({ search, standing, integrationId, tag, muted }) {
  if (search || tag || muted) return null;
  if (!integrationId) {
    const summary = await get("/health-checks/summary");
    return summary[standing ?? "totalConnections"] ?? null;
  }
  const [row] = await get("/health-checks/by-integration", { integrationId });
  return row?.[standing ?? "total"] ?? null;
}
