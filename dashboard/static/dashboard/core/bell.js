// The bell: how many notices the person has not read, and the latest of them.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { ApiError, get, list, send } from "./api.js";
import { plural } from "./format.js";
import { icon } from "./icons.js";
import { noticeList } from "./notices.js";
import { poll } from "./polling.js";
import { tellError } from "./toasts.js";

const SHOWN = 8;
const MOST = 99; // the API counts one further

const place = document.getElementById("bell");
const state = { count: 0, latestId: null, notices: null, listed: null, isOpen: false, isAway: false, said: "" };

const refresh = poll(async () => {
  try {
    note(await get("/notices/unread"));
    if (state.isOpen) await load();
    state.isAway = false;
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.isAway = true; // the page says so too
    return false;
  } finally {
    draw();
  }
});

function note({ count, latestId }) {
  // Read out where there is something new, and not at each page that opens.
  const isNew = state.latestId !== null && latestId !== state.latestId && count > 0;
  if (isNew) state.said = `${unread(count)}.`;
  Object.assign(state, { count, latestId });
}

/** The list, where there may be another one than is shown. */
async function load() {
  const wanted = `${state.latestId} ${state.count}`;
  if (state.listed === wanted) return;
  const { data } = await list("/notices", { limit: SHOWN });
  Object.assign(state, { notices: data, listed: wanted });
}

const unread = (count) =>
  count > MOST ? `More than ${MOST} unread notices` : plural(count, "unread notice");

const turned = ({ newState }) => {
  state.isOpen = newState === "open";
  if (state.isOpen) refresh();
};

async function readAll() {
  try {
    note(await send("POST", "/notices/read", { upTo: state.latestId }));
    await load();
  } catch (error) {
    tellError(error);
  }
  draw();
  dispatchEvent(new Event("noticesread"));
}

const draw = () =>
  render(
    html`
      <button type="button" class="button quiet bell" popovertarget="bell-panel"
        aria-label=${state.count ? `Notices: ${unread(state.count)}` : "Notices"}>
        ${icon("bell")}${state.count
          ? html`<span class="bell-count">${state.count > MOST ? `${MOST}+` : state.count}</span>`
          : nothing}</button>
      <span class="visually-hidden" role="status">${state.said}</span>
      <div class="menu bell-panel" id="bell-panel" popover aria-label="Notices" role="region" @toggle=${turned}>
        <div class="row between bell-head"><b>Notices</b>${state.count
          ? html`<button type="button" class="button small" @click=${readAll}>${icon("check")}Mark all as read</button>`
          : nothing}</div>
        ${latest()}
        <p class="bell-foot"><a href="/notices">All notices</a></p>
      </div>`,
    place,
  );

function latest() {
  if (!state.notices)
    return html`<p class="muted list-note">${state.isAway ? "They can't be read now; trying again by itself." : "Loading…"}</p>`;
  return state.notices.length
    ? noticeList(state.notices)
    : html`<p class="muted list-note">Nothing to tell yet. When a connection goes down or recovers, you read it here.</p>`;
}
