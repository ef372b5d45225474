// Times on the clocks of a zone that need not be the person's.

import { field } from "./forms.js";
import { zone } from "./format.js";

const MINUTES = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** What the clocks of a zone show at a moment, as an input takes it: `2026-11-22T22:00`. */
export function onClocks(timeZone, iso) {
  const parts = new Intl.DateTimeFormat("en", { ...MINUTES, timeZone }).formatToParts(new Date(iso));
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The moment, as the API takes it, at which the clocks of a zone show this; null for none. */
export function momentOn(timeZone, shown) {
  const asUtc = Date.parse(`${shown}Z`);
  if (Number.isNaN(asUtc)) return null;
  const ahead = (moment) => Date.parse(`${onClocks(timeZone, moment)}Z`) - Math.floor(moment / 60_000) * 60_000;
  // The clocks may have changed between the first guess and the moment itself.
  const guess = asUtc - ahead(asUtc);
  return new Date(asUtc - ahead(guess)).toISOString();
}

/** A select of zones; the person's own unless told otherwise. */
export const zoneField = ({ name = "timeZone", label = "Time zone", value = zone, ...more }) => {
  const names = new Set([zone, "UTC", ...Intl.supportedValuesOf("timeZone"), value]);
  return field({ name, label, value, choices: [...names].sort().map((one) => [one, one]), ...more });
};
