// Which span of time a part shows; it lives in the address.

import { html } from "../../vendor/lit-html/lit-html.js";
import { note, parameter } from "../../core/routing.js";

/**
 * A choice among `spans`, by the parameter `name` of the address; `then` is called after another
 * choice. `now()` is the one that holds, `buttons()` are for the person.
 */
export function spanChoice(name, spans, usual, then) {
  const now = () => spans.find((span) => span === parameter(name)) ?? usual;
  const choose = (span) => {
    note({ [name]: span === usual ? null : span });
    then();
  };
  const buttons = () => html`
    <div class="segments" role="group" aria-label="Span of time">${spans.map((span) => html`
      <button type="button" aria-pressed=${String(span === now())} @click=${() => span !== now() && choose(span)}>${span}</button>`)}</div>`;
  return { now, buttons };
}
