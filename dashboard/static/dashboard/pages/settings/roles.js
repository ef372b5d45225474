// Roles to choose from, each with what it may do.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { choices, word } from "../../core/shell.js";

/** Radio buttons named `role`; `chosen` is the one that is on at first. */
export const roleField = ({ chosen = "viewer", error = null }) => html`
  <fieldset class="field">
    <legend>Role</legend>
    ${choices("role").map(([code, title]) => html`
      <label class="check"><input type="radio" name="role" value=${code} ?checked=${code === chosen}>
        <span><b>${title}</b><small class="muted">${word("mayDo", code)}</small></span></label>`)}
    ${error ? html`<small class="field-error">${error}</small>` : nothing}
  </fieldset>`;
