// A session that has ended: the person signs in again where they are, and nothing is lost.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { csrfToken } from "./api.js";
import { shell } from "./shell.js";

let pending = null;

/** Resolve once somebody has signed in; the page is loaded anew if it is for another tenant. */
export function signInAgain() {
  pending ??= ask().finally(() => (pending = null));
  return pending;
}

function ask() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "sign-in-again");
  document.body.append(dialog);
  // There is nothing to do on the page without a session.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return new Promise((resolve) => {
    const submit = async (event) => {
      event.preventDefault();
      draw("", true);
      const error = await signIn(new FormData(event.target));
      if (error) return draw(error);
      if (!(await isSameTenant())) return location.reload();
      dialog.close();
      dialog.remove();
      return resolve();
    };
    const draw = (error, busy = false) => render(form(submit, error, busy), dialog);
    draw("");
    dialog.showModal();
  });
}

const form = (submit, error, busy) => html`
  <h2 id="sign-in-again">Sign in again</h2>
  <p>Your session has ended. What you typed is still here.</p>
  <form @submit=${submit} class="stack">
    ${error ? html`<p class="notice bad" role="alert">${error}</p>` : null}
    <label class="field"><span>E-mail address or user name</span>
      <input name="username" autocomplete="username" required .defaultValue=${shell.email}></label>
    <label class="field"><span>Password</span>
      <input name="password" type="password" autocomplete="current-password" required autofocus></label>
    <div class="actions"><button class="button primary" ?disabled=${busy}>Sign in</button></div>
  </form>`;

/** Return what is wrong, or nothing. */
async function signIn(fields) {
  try {
    // A sign-in that worked leads elsewhere; the page that would be shown is of no use here.
    const answer = await fetch("/sign-in", {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken() },
      body: new URLSearchParams(fields),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") return "";
    if (answer.status === 429) return "Too many attempts. Wait a while, then try again.";
    return "That is not the right e-mail address and password.";
  } catch {
    return "Vitals can't be reached. Check your network, then try again.";
  }
}

async function isSameTenant() {
  const answer = await fetch("/api/v1/session/tenant");
  return answer.ok && (await answer.json()).data.id === shell.tenantId;
}
