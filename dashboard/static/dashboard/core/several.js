// Several things, found one after the other by their names.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ApiError, get, list } from "./api.js";
import { combobox } from "./combobox.js";
import { icon } from "./icons.js";

const KINDS = {
  integrations: { label: "Integrations", find: "Find an integration" },
  connections: { label: "Connections", find: "Find a connection" },
};
const MOST = 20;

/**
 * A field for several integrations or connections (`kind`): `ids` is what is chosen, and
 * `view({error})` draws it. `redraw` is called when it looks different.
 */
export function several(kind, { ids: given = [], redraw }) {
  const { label, find } = KINDS[kind];
  const names = new Map(); // by id; "…" until it is known
  const chosen = [...given];

  const nameOf = (id) => {
    if (!names.has(id)) {
      names.set(id, "…");
      get(`/${kind}/${encodeURIComponent(id)}`).then(
        ({ name }) => (names.set(id, name), redraw()),
        (error) => {
          if (!(error instanceof ApiError)) throw error;
          names.set(id, error.status === 404 ? "(deleted)" : id);
          redraw();
        },
      );
    }
    return names.get(id);
  };
  const add = (option) => {
    if (!option || chosen.includes(option.id)) return;
    names.set(option.id, option.name);
    chosen.push(option.id);
  };
  const remove = (id) => {
    chosen.splice(chosen.indexOf(id), 1);
    redraw();
  };
  const box = combobox({
    name: kind,
    label: find,
    find: async (search) => {
      const { data } = await list(`/${kind}`, { search, order: "name", limit: MOST });
      return data.map(({ id, name, integrationName = null }) => ({ id, name, note: integrationName }));
    },
    nameOf,
    choose: add,
    redraw,
  });

  const view = ({ error = null } = {}) => html`
    <fieldset class="field several"><legend>${label} <span class="muted">(optional)</span></legend>
      ${box.view(null)}
      ${chosen.length
        ? html`<ul class="chips" aria-label=${label}>${repeat(chosen, (id) => id, (id) => html`
            <li class="chip"><bdi class="brief" title=${nameOf(id)}>${nameOf(id)}</bdi>
              <button type="button" class="chip-remove" aria-label="Take away ${nameOf(id)}" @click=${() => remove(id)}>${icon("x")}</button></li>`)}</ul>`
        : nothing}
      ${error ? html`<small class="field-error">${error}</small>` : nothing}</fieldset>`;
  return { ids: chosen, view };
}
