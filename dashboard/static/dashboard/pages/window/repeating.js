// How often a window comes, as a recurrence rule (RFC 5545, 3.3.10).

const DAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]; // as JavaScript counts them
const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ORDINALS = ["first", "second", "third", "fourth", "last"];

/** The days in a week's order, as `[code, name]`. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0].map((n) => [DAYS[n], NAMES[n]]);

/** The code of the day on which a window starts; `start` is on its clocks: `2026-11-22T22:00`. */
export const dayOf = (start) => DAYS[new Date(`${start}Z`).getUTCDay()] ?? DAYS[0];

/** What can be chosen for a window with this start, as `[code, words]`. */
export const repeatChoices = (start) => [
  ["once", "Once"],
  ["daily", "Every day"],
  ["weekly", "Every week"],
  ["monthday", `Every month on day ${dayOfMonth(start)}`],
  ["weekday", `Every month on the ${ordinal(start)} ${NAMES[DAYS.indexOf(dayOf(start))]}`],
  ["own", "By a rule of your own"],
];

/** The rule of a choice; null for once. `days` are those of `weekly`. */
export function ruleOf(repeat, { start, days, own }) {
  const rules = {
    once: null,
    daily: "FREQ=DAILY",
    weekly: `FREQ=WEEKLY;BYDAY=${days.join(",")}`,
    monthday: `FREQ=MONTHLY;BYMONTHDAY=${dayOfMonth(start)}`,
    weekday: `FREQ=MONTHLY;BYDAY=${nth(start)}${dayOf(start)}`,
    own: own.trim(),
  };
  return rules[repeat];
}

/** What was chosen to have this rule: `{repeat, days}`, with days null where none were named. */
export function choiceOf(rule, start) {
  if (!rule) return { repeat: "once", days: null };
  const days = rule.match(/^FREQ=WEEKLY;BYDAY=([A-Z,]+)$/)?.[1].split(",") ?? null;
  const same = (repeat) => ruleOf(repeat, { start, days: days ?? [], own: "" }) === rule;
  const repeat = ["daily", "weekly", "monthday", "weekday"].find(same) ?? "own";
  return { repeat, days };
}

/** A rule in words, where it is one that can be chosen; else null. */
export function said(rule, start) {
  const { repeat, days } = choiceOf(rule, start);
  if (repeat === "own") return null;
  if (repeat === "weekly")
    return `Every ${WEEK.filter(([code]) => days.includes(code)).map(([, name]) => name).join(", ")}`;
  return Object.fromEntries(repeatChoices(start))[repeat];
}

const dayOfMonth = (start) => Number(start.slice(8, 10)) || 1;

// A fifth Sunday does not come each month: it stands for the last.
const nth = (start) => (dayOfMonth(start) > 28 ? -1 : Math.ceil(dayOfMonth(start) / 7));
const ordinal = (start) => ORDINALS.at(nth(start) < 0 ? -1 : nth(start) - 1);
