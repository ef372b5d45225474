// A channel for who may not change it.

import { html } from "../../vendor/lit-html/lit-html.js";
import { every, plural } from "../../core/format.js";
import { word } from "../../core/shell.js";

const shown = (value) => {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return Array.isArray(value) ? value.join(", ") : value;
};

export const facts = (channel, kind) => html`
  <section class="card" aria-labelledby="facts-title"><h2 id="facts-title">Settings</h2>
    <dl class="facts">
      ${(kind?.fields ?? []).filter(({ name }) => name in channel.config).map(({ name, label }) => html`
        <dt>${label}</dt><dd><bdi>${shown(channel.config[name])}</bdi></dd>`)}
      <dt>Told of</dt><dd>${channel.events.map((event) => word("event", event)).join(", ")}</dd>
      <dt>At least</dt><dd>${word("severity", channel.minimumSeverity)}</dd>
      <dt>Of what</dt><dd>${ofWhat(channel)}</dd>
      <dt>Quiet hours</dt><dd>${quiet(channel.quietHours)}</dd>
      <dt>Reminders</dt><dd>${channel.reminderMinutes ? every(channel.reminderMinutes) : "None"}</dd>
    </dl>
    <p class="muted after">An admin of your organisation can change this.</p></section>`;

function ofWhat({ integrationIds, tags }) {
  if (!integrationIds.length && !tags.length) return "All connections";
  return html`${integrationIds.length ? plural(integrationIds.length, "integration") : null}
    ${tags.map((tag) => html`<span class="chip"><bdi>${tag}</bdi></span>`)}`;
}

const quiet = (hours) => (hours ? `${hours.start}–${hours.end}, ${hours.timeZone}` : "None");
