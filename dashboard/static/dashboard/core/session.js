// A session that has ended: the person signs in again where they are, and nothing is lost.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { csrfToken, noAnswer } from "./api.js";
import { shell } from "./shell.js";

const ACTING = "/api/v1/session/tenant";
const TROUBLE = "Vitals has trouble. Try again in a while.";

let pending = null;

/**
 * Resolve once the browser acts as the member that the page is for. Where it acts as another one
 * the page is loaded anew, so that nothing of the one is shown to the other.
 */
export function signInAgain() {
  pending ??= comeBack().finally(() => (pending = null));
  return pending;
}

/** Where the person has another role by now, load the page anew: it offers what it should not. */
export async function followRole() {
  const now = await acting().catch(() => null);
  if (now?.ok && (await read(now)).role !== shell.role) await leave();
}

async function comeBack() {
  const now = await acting().catch(() => null);
  const isTold = now && (now.ok || now.status === 403);
  if (!isTold) await ask();
  else if (!(await isSame(now))) return leave();
  // Otherwise they have signed in in another tab. Either way the forms of the page need the token
  // of now.
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = csrfToken();
  dispatchEvent(new Event("signedin"));
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
      const fields = new FormData(event.target);
      draw("", true);
      const error = await signIn(fields);
      if (error) {
        draw(error);
        return dialog.querySelector("[name=password]").select();
      }
      try {
        const now = await choose();
        if (now.status >= 500) return draw(TROUBLE);
        if (!(await isSame(now))) return leave();
      } catch (failure) {
        return draw(failure.message);
      }
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
  <form @submit=${submit} class="stack">
    <h2 id="sign-in-again">Sign in again</h2>
    <p>Your session has ended. What you typed is still here.</p>
    ${error ? html`<p class="notice bad" role="alert">${error}</p>` : null}
    <label class="field"><span>E-mail address or user name</span>
      <input name="username" autocomplete="username" required .defaultValue=${shell.email}></label>
    <label class="field"><span>Password</span>
      <input name="password" type="password" autocomplete="current-password" required autofocus></label>
    <div class="actions end"><button class="button primary" ?disabled=${busy}>Sign in</button></div>
  </form>`;

/** Return what is wrong, or nothing. */
async function signIn(fields) {
  try {
    if (!csrfToken()) await fetch("/sign-in").catch(noAnswer); // whose page brings one
    // A sign-in that worked leads elsewhere; the page that would be shown is of no use here.
    const answer = await post("/sign-in", new URLSearchParams(fields), { redirect: "manual" });
    if (answer.type === "opaqueredirect") return "";
    if (answer.status === 429) return tooMany(answer.headers.get("Retry-After"));
    if (answer.status >= 500) return TROUBLE;
    return "That is not the right e-mail address and password.";
  } catch (failure) {
    return failure.message;
  }
}

function tooMany(seconds) {
  const minutes = Math.ceil(seconds / 60);
  const wait = minutes > 1 ? `${minutes} minutes` : "a minute";
  return `Too many attempts. Try again in ${wait}.`;
}

/** A new session acts for the person's oldest tenant, until it is told otherwise. */
const choose = () =>
  post(ACTING, JSON.stringify({ tenantId: shell.tenantId }), { type: "application/json" });

const post = (path, body, { type, ...options }) =>
  fetch(path, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), ...(type && { "Content-Type": type }) },
    body,
    ...options,
  }).catch(noAnswer);

const acting = () => fetch(ACTING).catch(noAnswer);

const read = async (answer) => (await answer.json().catch(noAnswer)).data;

/** Whether the browser acts as the member that the page is for. */
const isSame = async (answer) =>
  answer.ok && (await read(answer)).memberId === shell.memberId;

/** Load the page anew: what waits for an answer gets none. */
function leave() {
  location.reload();
  return new Promise(() => {});
}
