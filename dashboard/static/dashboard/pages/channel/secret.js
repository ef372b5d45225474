// The secret by which a receiver knows that a message is from Vitals.

import { html } from "../../vendor/lit-html/lit-html.js";
import { send } from "../../core/api.js";
import { copyable } from "../../core/copying.js";
import { ask, open } from "../../core/dialogs.js";
import { field } from "../../core/forms.js";
import { icon } from "../../core/icons.js";

const OVERLAPS = [["0", "At once"], ["1", "In an hour"], ["24", "In a day"], ["168", "In a week"], ["720", "In 30 days"]];

/** Show a signing secret, this once. */
export const handSecret = (secret) =>
  open({
    title: "The signing secret",
    mustAnswer: true,
    body: ({ close }) => html`
      <p>Your receiver verifies with it that a message comes from Vitals, by the Standard Webhooks scheme.</p>
      <p class="notice warn">${icon("triangle-alert")}<span>Nobody can see it again, not even you. Store it where your secrets are.</span></p>
      ${copyable(secret, "the signing secret")}
      <div class="actions end"><button type="button" class="button primary" @click=${() => close()}>I have stored it</button></div>`,
  });

/** Ask when the old secret ends, and show the new one. */
export async function rotateSecret({ id }) {
  const made = await ask({
    title: "Rotate the signing secret",
    verb: "Rotate",
    body: ({ errors }) => html`
      <p>You get a new secret. Until the old one ends messages are signed with both: time to put the new one in its place.</p>
      ${field({ name: "overlapHours", label: "The old secret ends", choices: OVERLAPS, value: "24", error: errors.overlapHours })}`,
    act: (entered) =>
      send("POST", `/notification-channels/${id}/rotate-secret`, { overlapHours: Number(entered.get("overlapHours")) }),
  });
  if (made) await handSecret(made.signingSecret);
}
