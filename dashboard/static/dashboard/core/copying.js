// Ids and keys to carry elsewhere.

import { html } from "../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { tell } from "./toasts.js";

/** A text in full, with a button that copies it; `label` says what it is. */
export const copyable = (text, label) => html`<span class="copyable"><code>${text}</code>
  <button type="button" class="button quiet small icon-only" title="Copy" aria-label="Copy ${label}"
    @click=${(event) => copy(text, event.currentTarget.parentElement.firstElementChild)}>${icon("copy")}</button></span>`;

async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    tell("Copied.");
  } catch {
    // Without TLS browsers give no clipboard: selected, it is one key away.
    getSelection().selectAllChildren(shown);
    tell("Selected: copy it with your keyboard.");
  }
}
