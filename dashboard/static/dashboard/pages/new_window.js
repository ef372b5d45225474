// Planning maintenance.

import { html } from "../vendor/lit-html/lit-html.js";
import { draw, heading, openFor } from "../core/page.js";
import { parameter } from "../core/routing.js";
import { windowForm } from "./window/form.js";
import { crumbs } from "./window/head.js";

const TITLE = "Plan maintenance";
const named = (name) => [parameter(name)].filter(Boolean);

const form = windowForm(null, {
  covers: { integrationIds: named("integrationId"), connectionIds: named("connectionId") },
  redraw: show,
  done: () => location.assign("/maintenance"),
});

function show() {
  draw(html`${heading(TITLE, { above: crumbs })}${form()}`);
}

openFor("operator", show, TITLE, { path: "/maintenance", words: "To the maintenance windows" });
