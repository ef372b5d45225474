// Adding a channel: which kind, then where it leads and what it is told.

import { html } from "../vendor/lit-html/lit-html.js";
import { channelKinds } from "../core/channels.js";
import { draw, heading, loadOnce, openFor } from "../core/page.js";
import { changed, follow, parameter } from "../core/routing.js";
import { channelForm } from "./channel/form.js";
import { handSecret } from "./channel/secret.js";

const TITLE = "Add a channel";
let kinds = null;
let chosen = null; // {kind, form}

const open = () =>
  loadOnce(async () => {
    kinds ??= await channelKinds();
    const kind = kinds.get(parameter("kind"));
    if (kind !== chosen?.kind) chosen = kind && { kind, form: channelForm({ kind, redraw: show, done }) };
  }, show);

function show() {
  draw(html`
    ${heading(TITLE, { above: html`<nav aria-label="Where this is" class="crumbs muted"><a href="/channels">Channels</a>
      ${chosen ? html`<span aria-hidden="true">›</span> <a href=${changed({ kind: null })} @click=${follow({ kind: null }, open)}>Kinds</a>` : null}</nav>` })}
    ${chosen ? chosen.form() : choose()}`);
}

const choose = () => html`
  <ul class="catalogue" aria-label="Kinds of channels">${[...kinds.values()].map(({ kind, name, help }) => html`
    <li><a class="card provider" href=${changed({ kind })} @click=${follow({ kind }, open)}><b>${name}</b>
      <small class="muted">${help}</small></a></li>`)}</ul>`;

async function done({ id, signingSecret }) {
  if (signingSecret) await handSecret(signingSecret);
  location.assign(`/channels/${id}`);
}

openFor("admin", open, TITLE, { path: "/channels", words: "To the channels" });
