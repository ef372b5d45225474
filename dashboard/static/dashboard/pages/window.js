// One maintenance window: changed, or deleted.

import { html } from "../vendor/lit-html/lit-html.js";
import { get, send } from "../core/api.js";
import { confirmThat } from "../core/dialogs.js";
import { icon } from "../core/icons.js";
import { draw, heading, loadOnce, openFor } from "../core/page.js";
import { shell } from "../core/shell.js";
import { windowForm } from "./window/form.js";
import { crumbs } from "./window/head.js";

const path = `/maintenance-windows/${shell.path.id}`;
let found = null;
let form = null;

const open = () =>
  loadOnce(async () => {
    found = await get(path);
    form = windowForm(found, { redraw: show, done: () => location.assign("/maintenance") });
  }, show);

function show() {
  document.title = `${found.name} · Vitals`;
  draw(html`
    ${heading(found.name, {
      above: crumbs,
      note: found.state === "over" ? "It is over: it can be named otherwise, and deleted." : null,
      actions: html`<button type="button" class="button" @click=${remove}>${icon("trash-2")}Delete</button>`,
    })}
    ${form()}`);
}

async function remove() {
  const gone = await confirmThat({
    title: html`Delete <bdi>${found.name}</bdi>?`,
    text: "Where it goes on it ends now. Checks that were made during it keep their mark.",
    verb: "Delete it",
    act: () => send("DELETE", path),
  });
  if (gone) location.assign("/maintenance");
}

openFor("operator", open, "Maintenance window", { path: "/maintenance", words: "To the maintenance windows" });
