// What to do next, and who must do it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

/** An API's `suggestedResolution`, with the provider's status page where that helps. */
export const nextStep = ({ who, text, url }) => html`
  <p class="next-step">${icon("arrow-right")}<span><b>${word("who", who)}:</b> ${text}
    ${url ? html`<a href=${url} rel="noreferrer">Status page</a>` : nothing}</span></p>`;
