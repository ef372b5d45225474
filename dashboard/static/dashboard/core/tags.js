// Tags as a text with commas between them. One that has a comma itself stands in double quotes, as
// in CSV (RFC 4180).

import { field } from "./forms.js";

const TAG = /\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))(?:,|$)/g;

/** Words to find it by; `value` are those that it has. */
export const tagsField = (errors = {}, { value = [] } = {}) =>
  field({
    name: "tags",
    label: "Tags",
    optional: true,
    value: value.map(shown).join(", "),
    error: errors.tags,
    help: "Separated by commas.",
  });

/** The tags that were entered in that field. */
export const readTags = (entered) =>
  [...entered.get("tags").matchAll(TAG)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim())
    .filter(Boolean);

const shown = (tag) => (/^"|,/.test(tag) ? `"${tag.replaceAll('"', '""')}"` : tag);
