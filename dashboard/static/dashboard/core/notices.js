// What the tenant was told, as the bell and the pages show it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ago } from "./format.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

const SEVERITY_LOOKS = {
  info: ["", "info"],
  warning: ["warn", "triangle-alert"],
  critical: ["bad", "octagon-x"],
};

/** How a notice looks: the class of its badge, and its shape. What tells the end is good. */
export const lookOf = ({ severity, ends }) =>
  ends ? ["good", "circle-check"] : (SEVERITY_LOOKS[severity] ?? SEVERITY_LOOKS.info);

/** What a notice is, by colour, shape and words. */
export function noticeBadge(notice) {
  const [look, shape] = lookOf(notice);
  return html`<span class="badge ${look}">${icon(shape)}${word("noticeKind", notice.kind)}</span>`;
}

/** Notices as a list; each leads to the page of what it speaks of. */
export const noticeList = (notices) => html`
  <ul class="list notices">${repeat(notices, ({ id }) => id, (notice) => html`
    <li class=${notice.read ? "" : "unread"}>
      <div class="row between">${noticeBadge(notice)}<small class="muted">${notice.read
        ? nothing
        : html`<span class="visually-hidden">Unread, </span>`}${ago(notice.at)}</small></div>
      <a href=${notice.path} dir="auto">${notice.title}</a>
      <p class="muted" dir="auto">${notice.text}</p></li>`)}</ul>`;
