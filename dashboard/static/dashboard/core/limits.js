// How often and how patiently an integration is called, as fields.

import { html } from "../vendor/lit-html/lit-html.js";
import { readNumber } from "./entries.js";
import { field } from "./forms.js";

const FIELDS = [
  {
    name: "intervalMinutes",
    label: "Minutes between two checks",
    min: 1,
    help: "Empty: as your organisation has it.",
    optional: true,
  },
  { name: "timeoutMs", label: "Time-out in ms", min: 100, help: "A call that takes longer has failed." },
  { name: "degradedLatencyMs", label: "Slow from, in ms", min: 1, help: "A check that takes longer is degraded." },
  {
    name: "requestsPerSecond",
    label: "Calls per second",
    min: 0.01,
    step: "any",
    help: "At most, over all of its connections.",
  },
];

/** Fields for an `integration`; null: a new one, which may leave them empty. */
export const limitFields = ({ integration = null, errors = {} }) => html`
  ${FIELDS.map((one) =>
    field({
      ...one,
      type: "number",
      optional: one.optional || !integration,
      value: integration?.healthCheckConfig[one.name] ?? integration?.[one.name] ?? "",
      error: errors[one.name] ?? errors[`healthCheckConfig.${one.name}`],
    }))}`;

/** What was entered beside the interval; what was left empty stays as it is. */
export const readLimits = (entered) =>
  Object.fromEntries(
    ["timeoutMs", "degradedLatencyMs", "requestsPerSecond"]
      .map((name) => [name, readNumber(entered.get(name))])
      .filter(([, value]) => value !== null),
  );
