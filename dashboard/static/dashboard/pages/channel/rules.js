// What a channel is told, and when.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { readNumber } from "../../core/entries.js";
import { checkbox, field } from "../../core/forms.js";
import { choices } from "../../core/shell.js";
import { several } from "../../core/several.js";
import { readTags, tagsField } from "../../core/tags.js";
import { zoneField } from "../../core/time_zones.js";

const NEW = {
  events: ["downtime", "recovery", "expiry", "incident", "needs_reauth"],
  integrationIds: [],
  tags: [],
  minimumSeverity: "info",
  quietHours: null,
  reminderMinutes: null,
};
const NIGHT = { start: "22:00", end: "07:00" };
const HELP = {
  state_change: "Each time that the health of a connection changes: many.",
  downtime: "A connection is down for longer than two minutes.",
  recovery: "It works again, and how long it was down.",
  expiry: "A credential expires: 30, 14, 7 and 1 days and an hour ahead.",
  incident: "Many connections of an integration fail at the same time, and recover.",
  needs_reauth: "Somebody has to sign in at the provider again.",
};

/** Fields for a channel's rules: `view(errors)` draws them, `read(FormData)` is what was entered. */
export function rules(channel, redraw) {
  const given = channel ?? NEW;
  const integrations = several("integrations", { ids: given.integrationIds, redraw });
  let isQuiet = given.quietHours !== null;
  const quiet = given.quietHours ?? NIGHT;
  const setQuiet = ({ target }) => {
    isQuiet = target.checked;
    redraw();
  };

  const view = (errors) => html`
    <section class="card stack" aria-labelledby="what-title"><h2 id="what-title">What it is told</h2>
      <fieldset class="options"><legend class="visually-hidden">Events</legend>${choices("event").map(([code, text]) => html`
        <label class="check"><input type="checkbox" name="events" value=${code} ?checked=${given.events.includes(code)}>
          <span>${text}<small class="muted">${HELP[code]}</small></span></label>`)}
        ${errors.events ? html`<small class="field-error">${errors.events}</small>` : nothing}</fieldset>
      <div class="fields">
        ${field({ name: "minimumSeverity", label: "At least this severe", choices: choices("severity"), value: given.minimumSeverity, error: errors.minimumSeverity, help: "A recovery is as severe as what it ends." })}
        ${field({ name: "reminderMinutes", label: "Reminders, in minutes", type: "number", min: 5, max: 10080, optional: true, value: given.reminderMinutes ?? "", error: errors.reminderMinutes, help: "While a downtime goes on and nobody has acknowledged it. Empty: none." })}
      </div></section>
    <section class="card stack" aria-labelledby="of-title"><h2 id="of-title">Of what</h2>
      <p class="muted">Leave both empty for all of your connections.</p>
      <div class="fields">${integrations.view({ error: errors.integrationIds })}${tagsField(errors, { value: given.tags })}</div></section>
    <section class="card stack" aria-labelledby="quiet-title"><h2 id="quiet-title">Quiet hours</h2>
      ${checkbox({ name: "isQuiet", label: "Keep quiet for some hours a day", checked: isQuiet, help: "What happens meanwhile comes as one digest at their end.", onInput: setQuiet })}
      ${isQuiet
        ? html`<div class="fields">
            ${field({ name: "quietStart", label: "From", type: "time", value: quiet.start, error: errors["quietHours.start"], required: true })}
            ${field({ name: "quietEnd", label: "To", type: "time", value: quiet.end, error: errors["quietHours.end"] ?? errors.quietHours, required: true })}
            ${zoneField({ name: "quietZone", value: quiet.timeZone, error: errors["quietHours.timeZone"] })}</div>`
        : nothing}</section>`;

  const read = (entered) => ({
    events: entered.getAll("events"),
    minimumSeverity: entered.get("minimumSeverity"),
    reminderMinutes: readNumber(entered.get("reminderMinutes")),
    integrationIds: integrations.ids,
    tags: readTags(entered),
    quietHours: isQuiet
      ? { start: entered.get("quietStart"), end: entered.get("quietEnd"), timeZone: entered.get("quietZone") }
      : null,
  });
  return { view, read };
}
