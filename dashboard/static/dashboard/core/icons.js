import { html } from "../vendor/lit-html/lit-html.js";

const sprite = document.body.dataset.icons;

/** An icon of the sprite, which says nothing to who does not see it. */
export const icon = (name, more = "") => html`<svg class="icon ${more}" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
