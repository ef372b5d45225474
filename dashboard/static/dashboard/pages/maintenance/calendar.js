// A month of maintenance, on the person's clocks. On a phone only the days that have some.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { exact } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { changed, follow, parameter } from "../../core/routing.js";
import { can } from "../../core/shell.js";

const TITLE = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const MOST = 4; // of a day; the rest are counted
const WEEK = 7;

const dayAfter = (day, many) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + many);
const codeOf = (month) => `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, "0")}`;

/** The month in the address, else this one: `{first, from, to}`, of whole weeks. */
export function monthOf() {
  const [year, month] = parameter("month")?.match(/^(20\d\d)-(0[1-9]|1[0-2])$/)?.slice(1).map(Number) ?? [];
  const now = new Date();
  const first = year ? new Date(year, month - 1) : new Date(now.getFullYear(), now.getMonth());
  const from = dayAfter(first, -((first.getDay() + 6) % WEEK)); // a Monday
  const last = new Date(first.getFullYear(), first.getMonth() + 1, 0);
  return { first, from, to: dayAfter(last, WEEK - ((last.getDay() + 6) % WEEK)) };
}

/** `entries` is the part with what the API has of this month, `turn` is called after another was chosen. */
export function calendar(entries, turn) {
  const { first, from, to } = monthOf();
  const days = [];
  for (let day = from; day < to; day = dayAfter(day, 1)) days.push(day);
  const weeks = Array.from({ length: days.length / WEEK }, (_, n) => days.slice(n * WEEK, (n + 1) * WEEK));
  return html`
    <div class="card-head"><h2 id="calendar-title">${TITLE.format(first)}</h2>
      <div class="actions">${step(first, -1, "Month before", "chevron-left", turn)}
        <a class="button small" href=${changed({ month: null })} @click=${follow({ month: null }, turn)}>This month</a>
        ${step(first, 1, "Month after", "chevron-right", turn)}</div></div>
    ${entries.view((found) => html`
      <table class="calendar"><thead><tr>${weeks[0].map((day) => html`<th scope="col">${WEEKDAY.format(day)}</th>`)}</tr></thead>
        <tbody>${weeks.map((week) => html`<tr>${week.map((day) => cell(day, of(found, day), first))}</tr>`)}</tbody></table>
      ${found.length ? nothing : html`<p class="muted only-phone">No maintenance in this month.</p>`}`)}`;
}

function step(first, by, label, shape, turn) {
  const to = { month: codeOf(new Date(first.getFullYear(), first.getMonth() + by)) };
  return html`<a class="button small icon-only" href=${changed(to)} aria-label=${label} title=${label}
    @click=${follow(to, turn)}>${icon(shape)}</a>`;
}

/** What goes on at some time of a day. */
const of = (found, day) =>
  found.filter(({ start, end }) => new Date(start) < dayAfter(day, 1) && new Date(end) > day);

function cell(day, entries, first) {
  const isToday = day.toDateString() === new Date().toDateString();
  const classes = [
    day.getMonth() === first.getMonth() ? "" : "other",
    entries.length ? "" : "free",
    isToday ? "today" : "",
  ].join(" ");
  return html`<td class=${classes} aria-current=${isToday ? "date" : nothing}>
    <span class="date" aria-hidden="true">${day.getDate()}</span><span class="long-date">${DAY.format(day)}</span>
    ${entries.length
      ? html`<ul>${entries.slice(0, MOST).map((entry) => html`<li>${entryOf(entry, day)}</li>`)}
          ${entries.length > MOST ? html`<li class="muted">and ${entries.length - MOST} more</li>` : nothing}</ul>`
      : nothing}</td>`;
}

function entryOf({ windowId, name, start, end }, day) {
  const from = new Date(start) < day ? "" : TIME.format(new Date(start));
  const until = new Date(end) > dayAfter(day, 1) ? "" : TIME.format(new Date(end));
  const title = `${name}\n${exact(start)} to ${exact(end)}`;
  const said = html`<small>${from || "…"}<span class="entry-end"> to ${until || "…"}</span></small> <bdi>${name}</bdi>`;
  return can("operator")
    ? html`<a class="entry" href="/maintenance/${windowId}" title=${title}>${said}</a>`
    : html`<span class="entry" title=${title}>${said}</span>`;
}
