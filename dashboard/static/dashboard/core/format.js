// Times, durations and numbers for people. Times are in the zone of the person's browser.

import { html } from "../vendor/lit-html/lit-html.js";

const exactFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "long",
});
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const shortFormat = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const numberFormat = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

const UNITS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** The name of the person's time zone, such as `Europe/Berlin`. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The moment to the second with its zone. */
export const exact = (iso) => exactFormat.format(new Date(iso));

/** Day and minute. */
export const short = (iso) => shortFormat.format(new Date(iso));

/** The day alone. */
export const day = (iso) => dayFormat.format(new Date(iso));

/** `3 minutes ago`, `in 2 hours`, `just now`. */
export function relative(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return relativeFormat.format(Math.trunc(seconds / size), unit);
}

/** A `<time>`: relative, the exact one on hover; what `never` says where there is none. */
export const ago = (iso, never = "never") =>
  iso
    ? html`<time datetime=${iso} title=${exact(iso)}>${relative(iso)}</time>`
    : html`<span class="muted">${never}</span>`;

/** A `<time>`: day and minute, the exact one on hover. */
export const at = (iso, never = "never") =>
  iso
    ? html`<time datetime=${iso} title=${exact(iso)}>${short(iso)}</time>`
    : html`<span class="muted">${never}</span>`;

/** A span of seconds in its two largest units: `2 h 5 min`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return `${Math.round(seconds)} s`;
  let rest = Math.round(seconds);
  const parts = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount) parts.push(`${amount} ${unit}`);
  }
  return parts.join(" ");
}

/** How often, by the minutes between: `every 15 minutes`, `every 2 hours`, `every day`. */
export function every(minutes) {
  const units = [["day", 1440], ["hour", 60]];
  const [unit, size] = units.find(([, size]) => minutes % size === 0) ?? ["minute", 1];
  return minutes === size ? `every ${unit}` : `every ${plural(minutes / size, unit)}`;
}

/** Milliseconds: `182 ms`, `1.23 s`. */
export function milliseconds(value) {
  if (value === null || value === undefined) return "–";
  return value < 1000 ? `${Math.round(value)} ms` : `${numberFormat.format(value / 1000)} s`;
}

/** A percentage that never rounds up to 100. */
export function percent(value) {
  if (value === null || value === undefined) return "–";
  const cut = value < 100 ? Math.min(value, 99.99) : 100;
  return `${numberFormat.format(cut)} %`;
}

/** A number with the separators of the person's language. */
export const count = (value) => numberFormat.format(value);

/** `1 connection`, `2 connections`. */
export const plural = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;
