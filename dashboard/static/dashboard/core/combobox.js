// A field that finds one of many as its name is typed (the combobox of WAI-ARIA's patterns).

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ApiError } from "./api.js";
import { icon } from "./icons.js";

const PAUSE = 200; // ms without a key before it looks

/**
 * A combobox; `view(id)` draws it with what is chosen, null or "" for nothing.
 *
 * `find(text)` resolves with some options `{id, name, note?, group?}`, those of a group one after
 * the other, and `nameOf(id)` with the name of one that is chosen by the address. `choose(option)`
 * is called with what the person takes, null for nothing, and `redraw` when it looks different.
 */
export function combobox({ name, label, find, nameOf, choose, redraw }) {
  const names = new Map(); // of what was chosen, by id
  let typed = null; // null: the name of what is chosen stands there
  let isOpen = false;
  let options = null; // null: it still looks
  let error = null;
  let active = -1;
  let timer = null;
  let number = 0;

  const look = async (text) => {
    const mine = (number += 1);
    try {
      const found = await find(text.trim());
      if (mine !== number) return; // more was typed meanwhile
      options = found;
      error = null;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (mine !== number) return;
      options = [];
      error = failure;
    }
    active = options.length && text ? 0 : -1;
    redraw();
  };
  const open = (text, pause = 0) => {
    clearTimeout(timer);
    if (!isOpen) options = null;
    isOpen = true;
    timer = setTimeout(() => look(text), pause);
    redraw();
  };
  const close = () => {
    clearTimeout(timer);
    number += 1; // what is still looked for is of no use
    isOpen = false;
    typed = null;
    active = -1;
    redraw();
  };
  const take = (option) => {
    if (option) names.set(option.id, option.name);
    choose(option);
    close();
  };
  const type = ({ target: { value } }) => {
    typed = value;
    open(value, PAUSE);
  };
  const move = (by) => {
    if (!isOpen) return open("");
    const most = options?.length ?? 0;
    if (most) active = (active + by + most) % most;
    redraw();
    document.getElementById(`${name}-option-${active}`)?.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(active < 0 ? 0 : -1),
    Escape: close,
    Enter: () => (typed === "" ? take(null) : options?.[active] && take(options[active])),
  };
  const press = (event) => {
    if (event.isComposing || !(event.key in keys) || (event.key === "Escape" && !isOpen)) return;
    event.preventDefault();
    keys[event.key]();
  };
  // Who empties the field and leaves wants nothing of it.
  const leave = () => (typed === "" ? take(null) : close());

  const chosenName = (id) => {
    if (!id) return "";
    if (!names.has(id)) {
      names.set(id, "…");
      const say = (text) => (names.set(id, text), redraw());
      nameOf(id).then(say, (failure) => {
        if (!(failure instanceof ApiError)) throw failure;
        say(failure.status === 404 ? "(deleted)" : id);
      });
    }
    return names.get(id);
  };

  const optionView = (option, index) => html`
    <li role="option" id="${name}-option-${index}" aria-selected=${String(index === active)}
      @pointerdown=${(event) => event.preventDefault()} @click=${() => take(option)}>
      <span class="cut" title=${option.name}><bdi>${option.name}</bdi></span>
      ${option.note ? html`<small class="cut muted"><bdi>${option.note}</bdi></small>` : nothing}</li>`;
  const list = () => {
    const first = (option, index) => option.group && option.group !== options[index - 1]?.group;
    return html`<ul role="listbox" id="${name}-options" aria-label=${label}>
      ${repeat(options, ({ id }) => id, (option, index) => html`
        ${first(option, index)
          ? html`<li role="presentation" class="menu-title">${option.group}</li>`
          : nothing}${optionView(option, index)}`)}</ul>`;
  };
  const said = () => {
    if (options === null) return "Looking …";
    return error ? error.message : "Nothing is called that.";
  };

  const view = (id) => {
    const isListed = isOpen && Boolean(options?.length);
    const text = typed ?? chosenName(id);
    return html`<div class="combobox">
      <div class="search">${icon("search")}<input type="text" role="combobox" name=${name}
        aria-label=${label} placeholder=${label} title=${text || nothing} dir="auto" autocomplete="off"
        spellcheck="false" maxlength="200" aria-autocomplete="list" aria-expanded=${String(isListed)}
        aria-controls=${isListed ? `${name}-options` : nothing}
        aria-activedescendant=${isListed && active >= 0 ? `${name}-option-${active}` : nothing}
        .value=${live(text)} @input=${type} @keydown=${press} @blur=${leave}
        @click=${() => isOpen || open("")}>
        ${id
          ? html`<button type="button" class="button quiet small icon-only" aria-label="Clear: ${label}"
              @click=${() => take(null)}>${icon("x")}</button>`
          : nothing}</div>
      ${isOpen
        ? html`<div class="found">${isListed ? list() : html`<p class="muted" role="status">${said()}</p>`}</div>`
        : nothing}</div>`;
  };
  return { view };
}
