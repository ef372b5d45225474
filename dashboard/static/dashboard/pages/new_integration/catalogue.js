// The catalogue: find a provider, then connect an account there.

import { html } from "../../vendor/lit-html/lit-html.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { all, list } from "../../core/api.js";
import { plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { loadOnce } from "../../core/page.js";
import { changed, follow, note, parameter } from "../../core/routing.js";
import { account } from "./account.js";

/** The part of the page: `redraw` draws it again. */
export function catalogue(redraw) {
  const state = { providers: null, account: null };

  const load = async () => {
    state.providers ??= await all("/providers");
    const provider = state.providers.find(({ slug }) => slug === parameter("provider"));
    if (!provider) state.account = null;
    else if (state.account?.provider !== provider) {
      const there = await list("/integrations", { provider: provider.slug, limit: 1 });
      state.account = account(provider, { redraw, back: toAll, there: there.data });
    }
  };
  const show = () => {
    redraw();
    document.querySelector(state.account ? "main form input:not([type=radio])" : "main [type=search]")?.focus();
  };
  const open = () => loadOnce(load, show);
  const toAll = { href: () => changed({ provider: null }), go: follow({ provider: null }, open) };

  const search = (event) => {
    note({ [event.target.name]: event.target.value });
    redraw();
  };

  const finder = () => html`
      <div class="toolbar">
        <div class="search">${icon("search")}<input type="search" name="search" aria-label="Search the catalogue"
          placeholder="GitHub, payments, CRM …" autocomplete="off" .value=${parameter("search") ?? ""} @input=${search}></div>
        ${categorySelect(state.providers, search)}
      </div>
      ${results(state.providers, open)}`;

  // A template of its own: what is kept of it is no form for another account.
  return { open, view: () => html`${state.account?.view() ?? finder()}` };
}

const categorySelect = (providers, choose) => {
  const chosen = parameter("category");
  const names = [...new Set(providers.map(({ category }) => category))].sort();
  return html`<select name="category" aria-label="Category" @change=${choose}>
    <option value="">All categories</option>
    ${names.map((name) => html`<option value=${name} .selected=${name === chosen}>${categoryName(name)}</option>`)}
  </select>`;
};

function results(providers, open) {
  const found = providers.filter(isWanted);
  if (!found.length)
    return html`<section class="card empty">${icon("search")}
      <h2>Not in the catalogue</h2>
      <p>Any other HTTP API can be connected too: import its OpenAPI document, or describe one call of it.</p>
      <div class="actions"><a class="button" href="?by=openapi">Import OpenAPI</a>
        <a class="button" href="?by=hand">By hand</a></div></section>`;
  return html`
    <p class="visually-hidden" role="status">${plural(found.length, "provider")}</p>
    <ul class="catalogue">${repeat(found, ({ slug }) => slug, (provider) => card(provider, open))}</ul>`;
}

function isWanted({ slug, name, category }) {
  const words = (parameter("search") ?? "").toLowerCase().split(/\s+/);
  const text = `${slug} ${name} ${category} ${categoryName(category)}`.toLowerCase();
  return [null, category].includes(parameter("category")) && words.every((word) => text.includes(word));
}

const card = (provider, open) => {
  const target = { provider: provider.slug };
  const ways = [provider.authTitle, ...provider.authAlternatives.map(({ title }) => title)];
  return html`<li><a class="card provider" href=${changed(target)} @click=${follow(target, open)}>
    <b>${provider.name}</b><small class="chip">${categoryName(provider.category)}</small>
    <small class="muted">${ways.join(" · ")}</small></a></li>`;
};

/** `dev_tools` is said as `Dev tools`, `ci` as `CI`. */
const categoryName = (code) => {
  const text = code.replaceAll("_", " ");
  return text.slice(0, text.length < 4 ? 3 : 1).toUpperCase() + text.slice(text.length < 4 ? 3 : 1);
};
