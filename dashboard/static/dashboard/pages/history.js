// What happened to all of the tenant's connections: checks, and changes of state.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, list } from "../core/api.js";
import { clearFilters, csvLink, momentsBetween } from "../core/filters.js";
import { plural, zone } from "../core/format.js";
import { icon } from "../core/icons.js";
import { draw, heading, keepFresh } from "../core/page.js";
import { NEWEST_FIRST, pager } from "../core/paging.js";
import { changed, follow, note, parameter } from "../core/routing.js";
import { sayWhy } from "../core/toasts.js";
import { changes } from "./history/changes.js";
import { checks } from "./history/checks.js";
import { feed } from "./history/feed.js";
import { SPANS, spans, startOf } from "./history/spans.js";
import { whose } from "../core/whose.js";

const SIZE = 50;
const SHARED = ["connectionId", "integrationId", "within", "from", "to"]; // by all tabs

const shared = { redraw: show, refresh: () => refresh() };
const TABS = { checks: checks(shared), changes: changes(shared) };
const tab = () => TABS[parameter("show")] ?? TABS.checks;

const ofWhat = whose(change, show);
const page = feed(() => tab().isHeld?.() || isTyping());
let error = null; // what is wrong with the filters of the address

/** Rows that come would move the field away under who types in it. */
const isTyping = () => document.activeElement?.matches("main input");

const filters = () =>
  Object.fromEntries([...tab().filters, ...SHARED].map((name) => [name, parameter(name) ?? ""]));

/** The filters as the API takes them. */
function query() {
  const { within, ...asked } = filters();
  return within in SPANS ? { ...asked, from: startOf(within), to: "" } : asked;
}

const refresh = keepFresh(async () => {
  const address = location.search;
  const cursor = parameter("cursor");
  try {
    const found = await list(tab().path, { ...query(), limit: SIZE, cursor });
    error = null;
    page.take(address, found);
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.status !== 400) throw failure;
    error = failure;
  }
}, show);
addEventListener("popstate", () => {
  show();
  refresh();
});

/** Choose something else; the newest of it comes first. */
function change(choices) {
  note({ ...choices, cursor: null });
  show();
  refresh();
}

const clear = () => change(Object.fromEntries(Object.keys(filters()).map((name) => [name, null])));

function show() {
  draw(html`
    ${heading("History", {
      actions: csvLink(tab().path, query(), "Download CSV"),
      note: `Times are those of ${zone}.`,
    })}
    <nav class="segments" aria-label="What is shown">${Object.entries(TABS).map(tabLink)}</nav>
    ${toolbar()}
    ${error ? refusal() : rows()}`);
}

function tabLink([name, one]) {
  // Each has filters of its own; whose and when hold for all.
  const others = Object.keys(filters()).filter((filter) => !SHARED.includes(filter));
  const to = { ...Object.fromEntries(others.map((filter) => [filter, null])), cursor: null, show: name };
  const go = () => (show(), refresh());
  return html`<a href=${changed(to)} aria-current=${one === tab() ? "page" : nothing}
    @click=${follow(to, go)}>${icon(one.icon)}${one.title}</a>`;
}

const toolbar = () => html`
  <search class="stack tight" aria-label="Filters">
    <div class="toolbar">${ofWhat.view(filters())} ${tab().choices(filters(), change)}</div>
    <div class="toolbar">${spans(filters(), change)}
      ${momentsBetween(filters(), (moment) => change({ within: null, ...moment }))}
      ${clearFilters(filters(), clear)}</div>
  </search>`;

const refusal = () => html`
  <p class="notice bad" role="alert">${icon("triangle-alert")}<span>${sayWhy(error)}</span></p>`;

function rows() {
  const shown = page.of(location.search);
  if (!shown) return html`<div class="loading" role="status"><span class="visually-hidden">Loading</span></div>`;
  const { data, pagination } = shown;
  const isFiltered = Object.values(filters()).some(Boolean);
  if (!data.length && !parameter("cursor"))
    return html`<section class="card empty">${tab().none(isFiltered, { clear, change })}</section>`;
  return html`
    ${page.waiting ? newer() : nothing}
    <section class="card flush" aria-label=${tab().title}>${tab().table(data)}</section>
    ${pager(pagination, refresh, { words: NEWEST_FIRST })}`;
}

const newer = () => html`
  <p class="newer"><button type="button" class="button small" @click=${() => (page.show(), show())}>
    ${icon("refresh-cw")}${page.waiting === SIZE ? "At least " : ""}${plural(page.waiting, ...tab().newOnes)}</button></p>`;
