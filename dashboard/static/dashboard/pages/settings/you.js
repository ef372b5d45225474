// What is the person's own: who they are, their password, and this device.

import { html } from "../../vendor/lit-html/lit-html.js";
import { zone } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { note, parameter } from "../../core/routing.js";
import { choices, shell, word } from "../../core/shell.js";

// Any link may say so; only the form's own page leads here from there.
const isFromForm = document.referrer === `${location.origin}/settings/password`;
const hasNewPassword = isFromForm && parameter("passwordChanged") !== null;
note({ passwordChanged: null });

export const you = {
  title: "You",
  load: async () => {},
  view: () => html`
    ${hasNewPassword ? html`<p class="notice good" role="status">${icon("circle-check")}<span>Your password was changed. Wherever else you were signed in, you are not any more.</span></p>` : null}
    <section class="card" aria-labelledby="you-title">
      <h2 id="you-title">Signed in</h2>
      <dl class="facts">
        <dt>As</dt><dd><bdi>${shell.email}</bdi></dd>
        <dt>Role</dt><dd><b>${word("role", shell.role)}</b><br><span class="muted">${word("mayDo", shell.role)}</span></dd>
        <dt>Password</dt><dd><a href="/settings/password">Change it</a></dd>
      </dl>
    </section>
    <section class="card" aria-labelledby="device-title">
      <h2 id="device-title">On this device</h2>
      <dl class="facts">
        <dt id="colours-title">Colours</dt><dd><div class="segments wrap" role="group" aria-labelledby="colours-title">
          ${choice(null, "The organisation's")}${choices("theme").map(([code, title]) => choice(code, title))}</div></dd>
        <dt>Time zone</dt><dd>${zone} <span class="muted">All times are in it. It is your device's.</span></dd>
      </dl>
    </section>`,
};

const choice = (theme, title) => html`
  <button type="button" aria-pressed=${String(look.chosen() === theme)} @click=${() => look.choose(theme)}>${title}</button>`;
