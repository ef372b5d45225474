// The organisation: its name, how often and how long, and how its pages look.

import { html } from "../../vendor/lit-html/lit-html.js";
import { get, send } from "../../core/api.js";
import { confirmThat } from "../../core/dialogs.js";
import { day, every, plural } from "../../core/format.js";
import { errorsOf, field, focusError, formError } from "../../core/forms.js";
import { can, choices, word } from "../../core/shell.js";
import { tell } from "../../core/toasts.js";
import { accentField } from "./accent.js";

const state = { tenant: null, typed: {}, error: null, busy: false };

export const organisation = {
  title: "Organisation",
  async load() {
    state.tenant = await get("/tenant");
  },
  view: (page) => (can("admin") ? form(page) : facts(state.tenant)),
};

const keptFor = (days) =>
  `Single results are kept for ${plural(days, "day")}, daily figures for 400.`;

const facts = ({ name, defaultIntervalMinutes, retentionDays, look, createdAt }) => html`
  <section class="card" aria-labelledby="organisation-title">
    <h2 id="organisation-title"><bdi>${name}</bdi></h2>
    <dl class="facts">
      <dt>Connections are checked</dt><dd>${every(defaultIntervalMinutes)}, if nothing else is set for them</dd>
      <dt>Retention</dt><dd>${keptFor(retentionDays)}</dd>
      <dt>Colours</dt><dd>${word("theme", look.theme)}${look.accentColor ? html`, accent <code>${look.accentColor}</code>` : null}</dd>
      <dt>Here since</dt><dd>${day(createdAt)}</dd>
    </dl>
    <p class="muted after">An admin of your organisation can change this.</p>
  </section>`;

/** What is in the form: as it was typed, otherwise as it is stored. */
const now = (name) => state.typed[name] ?? stored(state.tenant)[name];

const stored = (tenant) => ({
  name: tenant.name,
  defaultIntervalMinutes: tenant.defaultIntervalMinutes,
  retentionDays: tenant.retentionDays,
  theme: tenant.look.theme,
  accentColor: tenant.look.accentColor ?? "",
});

function form(page) {
  const errors = errorsOf(state.error);
  const typing = (name) => (event) => {
    state.typed[name] = event.target.value;
    page.show();
  };
  const minutes = Number(now("defaultIntervalMinutes"));
  const days = Number(now("retentionDays"));
  return html`<form class="stack settings" novalidate @submit=${(event) => submit(event, page)}>
    ${formError(state.error)}
    <section class="card stack" aria-labelledby="organisation-title">
      <h2 id="organisation-title">Organisation</h2>
      ${field({ name: "name", label: "Name", value: state.tenant.name, error: errors.name, required: true, maxlength: 200, onInput: typing("name") })}
      <p class="muted">Here since ${day(state.tenant.createdAt)}.</p>
    </section>
    <section class="card stack" aria-labelledby="checks-title">
      <h2 id="checks-title">Checks</h2>
      <div class="fields">
        ${field({ name: "defaultIntervalMinutes", label: "Minutes between checks", type: "number", inputmode: "numeric", min: 1, max: 44640,
          value: state.tenant.defaultIntervalMinutes, error: errors.defaultIntervalMinutes, onInput: typing("defaultIntervalMinutes"),
          help: minutes >= 1 ? `Each connection is checked ${every(minutes)}, if nothing else is set for it or its integration.` : "From 1 minute to 31 days." })}
        ${field({ name: "retentionDays", label: "Days that results are kept", type: "number", inputmode: "numeric", min: 1, max: 400,
          value: state.tenant.retentionDays, error: errors.retentionDays, onInput: typing("retentionDays"),
          help: days >= 1 ? keptFor(days) : "From 1 to 400 days." })}
      </div>
    </section>
    <section class="card stack" aria-labelledby="look-title">
      <h2 id="look-title">Look</h2>
      <p class="muted">For everybody in the organisation. Each person can choose other colours for a device of theirs.</p>
      <div class="fields">
        ${field({ name: "theme", label: "Colours", value: now("theme"), choices: choices("theme"), error: errors["look.theme"], onInput: typing("theme") })}
        ${accentField({ color: now("accentColor"), error: errors["look.accentColor"], set: (color) => {
          state.typed.accentColor = color;
          page.show();
        } })}
      </div>
    </section>
    <div class="actions">
      <button class="button primary" ?disabled=${state.busy}>Save</button>
      ${isChanged() ? html`<span class="muted">There are changes that are not saved.</span>` : null}
    </div>
  </form>`;
}

const isChanged = () => Object.keys(changes()).length > 0;

/** What differs from what is stored, as the API takes it. */
function changes() {
  const before = stored(state.tenant);
  const changed = Object.entries(state.typed).filter(([name, text]) => text !== String(before[name]));
  const { theme, accentColor, ...rest } = Object.fromEntries(changed);
  for (const name of ["defaultIntervalMinutes", "retentionDays"])
    if (name in rest) rest[name] = Number(rest[name]);
  const look = {
    ...(theme !== undefined && { theme }),
    ...(accentColor !== undefined && { accentColor: accentColor || null }),
  };
  return Object.keys(look).length ? { ...rest, look } : rest;
}

async function submit(event, page) {
  event.preventDefault();
  const changed = changes();
  const save = () => send("PATCH", "/tenant", changed);
  const isLoss = changed.retentionDays >= 1 && changed.retentionDays < state.tenant.retentionDays;
  state.busy = true;
  page.show();
  try {
    const tenant = isLoss ? await confirmLoss(changed.retentionDays, save) : await save();
    if (tenant) stand(tenant);
    state.error = null;
  } catch (error) {
    state.error = error;
  }
  state.busy = false;
  page.show();
  if (state.error) focusError(event.target);
}

const confirmLoss = (days, act) =>
  confirmThat({
    title: "Keep results for a shorter time?",
    text: `Single results that are older than ${plural(days, "day")} will be deleted, for good. Hourly and daily figures stay.`,
    verb: "Save and delete",
    act,
  });

function stand(tenant) {
  Object.assign(state, { tenant, typed: {} });
  look.setTenant(tenant.look);
  for (const place of document.querySelectorAll("[data-tenant-name]")) place.textContent = tenant.name;
  tell("Saved.");
}
