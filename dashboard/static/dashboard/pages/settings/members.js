// Members: who is in the organisation, and what each may do.

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { all, send } from "../../core/api.js";
import { ask, confirmThat } from "../../core/dialogs.js";
import { ago, plural } from "../../core/format.js";
import { field } from "../../core/forms.js";
import { icon } from "../../core/icons.js";
import { choices, shell, word } from "../../core/shell.js";
import { tell, tellError } from "../../core/toasts.js";
import { roleField } from "./roles.js";

const state = { rows: [] };

export const members = {
  title: "Members",
  needs: "admin",
  async load() {
    state.rows = await all("/members");
  },
  view: ({ refresh }) => html`
    <section class="card flush" aria-labelledby="members-title">
      <div class="card-head"><h2 id="members-title">${plural(state.rows.length, "member")}</h2>
        <button type="button" class="button primary" @click=${() => add(refresh)}>${icon("plus")}Add a member</button></div>
      <table class="table cards">
        <thead><tr><th scope="col">Person</th><th scope="col">Role</th><th scope="col">Last sign-in</th>
          <th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
        <tbody>${repeat(state.rows, ({ id }) => id, (member) => row(member, refresh))}</tbody>
      </table>
    </section>
    <section class="card" aria-labelledby="roles-title">
      <h2 id="roles-title">What each role may do</h2>
      <dl class="facts">${choices("role").map(([code, title]) => html`<dt>${title}</dt><dd>${word("mayDo", code)}</dd>`)}</dl>
    </section>`,
};

const isMe = ({ id }) => id === shell.memberId;
const nameOf = (member) =>
  member.name || member.email || (isMe(member) ? shell.email : "Somebody without an e-mail address");

const row = (member, refresh) => html`
  <tr>
    <td class="grow"><span class="cut" title=${nameOf(member)}><b><bdi>${nameOf(member)}</bdi></b>${isMe(member) ? html` <span class="chip">You</span>` : null}</span>
      ${member.name ? html`<small class="cut muted" title=${member.email}><bdi>${member.email}</bdi></small>` : null}</td>
    <td><select class="role-select" aria-label="Role of ${nameOf(member)}" @change=${(event) => changeRole(event.target, member, refresh)}>
      ${choices("role").map(([code, title]) => html`<option value=${code} .selected=${live(code === member.role)}>${title}</option>`)}</select></td>
    <td><span class="only-phone muted">Last sign-in </span>${ago(member.lastSignInAt, "not yet")}</td>
    <td class="end"><button type="button" class="button small" aria-label="Remove ${nameOf(member)}" @click=${() => remove(member, refresh)}>Remove</button></td>
  </tr>`;

async function add(refresh) {
  const added = await ask({
    title: "Add a member",
    verb: "Add and send the mail",
    body: ({ errors }) => html`
      <p class="muted">They get a mail, with a link to choose a password if they have none yet.</p>
      ${field({ name: "email", label: "E-mail address", type: "email", required: true, error: errors.email, maxlength: 254 })}
      ${field({ name: "name", label: "Name", optional: true, error: errors.name, maxlength: 200 })}
      ${roleField({ error: errors.role })}`,
    act: (form) => send("POST", "/members", Object.fromEntries(form)),
  });
  if (!added) return;
  tell(`${nameOf(added)} was added.`);
  refresh();
}

async function changeRole(select, member, refresh) {
  const role = select.value;
  const save = () => send("PATCH", `/members/${member.id}`, { role });
  select.disabled = true;
  try {
    const changed = isMe(member) ? await confirmOwn(role, save) : await save();
    if (changed && isMe(member)) return location.reload();
    if (changed) tell(`${nameOf(member)} is ${word("role", role).toLowerCase()} now.`);
    else select.value = member.role;
  } catch (error) {
    select.value = member.role;
    tellError(error);
  }
  select.disabled = false;
  refresh();
}

const confirmOwn = (role, act) =>
  confirmThat({
    title: "Change your own role?",
    text: `As ${word("role", role).toLowerCase()} you cannot come back to this page, nor give yourself another role.`,
    verb: "Change my role",
    act,
  });

async function remove(member, refresh) {
  const gone = await confirmThat({
    title: isMe(member) ? "Leave this organisation?" : `Remove ${nameOf(member)}?`,
    text: isMe(member)
      ? "You see nothing of it any more. Only an admin can add you again."
      : "They see nothing of this organisation any more, from now on. API keys that they made stay.",
    verb: isMe(member) ? "Leave" : "Remove",
    act: () => send("DELETE", `/members/${member.id}`),
  });
  if (!gone) return;
  if (isMe(member)) return location.assign("/");
  tell(`${nameOf(member)} was removed.`);
  refresh();
}
