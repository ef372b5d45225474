// A maintenance window as a form: when it comes, and whom it covers.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { ApiError, send } from "../../core/api.js";
import { refusal } from "../../core/entries.js";
import { errorsOf, field, focusError, formError } from "../../core/forms.js";
import { zone } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { several } from "../../core/several.js";
import { readTags, tagsField } from "../../core/tags.js";
import { momentOn, onClocks, zoneField } from "../../core/time_zones.js";
import { choiceOf, dayOf, repeatChoices, ruleOf, WEEK } from "./repeating.js";

const HOUR = 3_600_000; // ms
const UNITS = [["1", "minutes"], ["60", "hours"], ["1440", "days"]];

/** The next full hour. */
const soon = () => new Date(Math.ceil(Date.now() / HOUR) * HOUR).toISOString();

/** A form for a `window`, null for a new one; `done` is called with what was stored. */
export function windowForm(window, { covers = {}, redraw, done }) {
  const given = window ?? { startsAt: soon(), durationMinutes: 60, timeZone: zone, rrule: null, tags: [] };
  const start = onClocks(given.timeZone, given.startsAt);
  const state = { start, ...choiceOf(given.rrule, start), error: null, busy: false };
  const integrations = several("integrations", { ids: window?.integrationIds ?? covers.integrationIds, redraw });
  const connections = several("connections", { ids: window?.connectionIds ?? covers.connectionIds, redraw });
  let tags = given.tags;
  // As long as nobody has chosen days it is the one of the start.
  const days = () => state.days ?? [dayOf(state.start)];
  const turnDay = ({ target: { value, checked } }) => {
    state.days = checked ? [...days(), value] : days().filter((day) => day !== value);
    redraw();
  };

  function read(entered) {
    const startsAt = momentOn(entered.get("timeZone"), entered.get("startsAt"));
    if (!startsAt) throw refusal({ startsAt: ["Enter a day and a time."] });
    if (state.repeat === "weekly" && !days().length) throw refusal({ rrule: ["Choose a day at least."] });
    return {
      name: entered.get("name"),
      startsAt,
      durationMinutes: Number(entered.get("length")) * Number(entered.get("unit")),
      timeZone: entered.get("timeZone"),
      rrule: ruleOf(state.repeat, {
        start: entered.get("startsAt"),
        days: WEEK.map(([code]) => code).filter((code) => days().includes(code)),
        own: entered.get("rrule") ?? "",
      }),
      integrationIds: integrations.ids,
      connectionIds: connections.ids,
      tags: readTags(entered),
    };
  }

  async function submit(event) {
    event.preventDefault();
    const form = event.target;
    Object.assign(state, { busy: true, error: null });
    redraw();
    try {
      const body = read(new FormData(form));
      const path = window ? `/maintenance-windows/${window.id}` : "/maintenance-windows";
      return done(await send(window ? "PATCH" : "POST", path, body));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
    }
    state.busy = false;
    redraw();
    return focusError(form);
  }

  const change = (name) => (event) => {
    state[name] = event.target.value;
    redraw();
  };

  const when = (errors) => html`
    <section class="card stack" aria-labelledby="when-title"><h2 id="when-title">When</h2>
      <div class="fields">
        ${field({ name: "startsAt", label: "Starts", type: "datetime-local", value: start, error: errors.startsAt, required: true, onInput: change("start") })}
        ${lengthField(given.durationMinutes, errors.durationMinutes)}
        ${zoneField({ value: given.timeZone, error: errors.timeZone, help: "It follows this zone's clocks, also when they change." })}
        ${field({ name: "repeat", label: "Repeats", value: state.repeat, choices: repeatChoices(state.start), onInput: change("repeat"), error: state.repeat === "own" ? null : errors.rrule })}
      </div>
      ${state.repeat === "weekly" ? weekFields(days(), turnDay) : nothing}
      ${state.repeat === "own"
        ? field({ name: "rrule", label: "Rule", value: given.rrule ?? "", error: errors.rrule, placeholder: "FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", maxlength: 200, help: "A recurrence rule of iCalendar (RFC 5545), without its start." })
        : nothing}
    </section>`;

  const covered = (errors) => html`
    <section class="card stack" aria-labelledby="covers-title"><h2 id="covers-title">What it covers</h2>
      <p class="notice ${coversAll() ? "warn" : ""}">${icon(coversAll() ? "triangle-alert" : "info")}<span>${coversAll()
        ? "Everything: nothing is named below, so no connection of your organisation tells anybody of trouble meanwhile."
        : "What is named below: these integrations, these connections, and what has one of the tags, itself or its integration."}</span></p>
      <div class="fields">${integrations.view({ error: errors.integrationIds })}${connections.view({ error: errors.connectionIds })}</div>
      <div @input=${({ target }) => ((tags = target.value.trim() ? [target.value] : []), redraw())}>${tagsField(errors, { value: given.tags })}</div>
    </section>`;
  const coversAll = () => !integrations.ids.length && !connections.ids.length && !tags.length;

  return () => {
    const errors = errorsOf(state.error);
    return html`<form class="stack narrow" novalidate @submit=${submit}>
      ${formError(state.error)}
      <section class="card">
        ${field({ name: "name", label: "Name", value: window?.name, error: errors.name, required: true, maxlength: 200, placeholder: "Weekly database upgrade" })}</section>
      ${when(errors)}
      ${covered(errors)}
      <p class="muted">Checks go on during maintenance. They tell nobody, and do not count against uptime.</p>
      <div class="actions"><button class="button primary" ?disabled=${state.busy}>${window ? "Save" : "Plan it"}</button>
        <a class="button" href="/maintenance">Cancel</a></div>
    </form>`;
  };
}

function lengthField(minutes, error) {
  const unit = UNITS.toReversed().find(([size]) => minutes % size === 0)[0];
  return field({
    name: "length",
    label: "Lasts",
    type: "number",
    min: 1,
    value: minutes / unit,
    error,
    required: true,
    beside: html`<select name="unit" aria-label="Unit of the length">${UNITS.map(([size, text]) =>
      html`<option value=${size} .selected=${size === unit}>${text}</option>`)}</select>`,
  });
}

const weekFields = (days, turn) => html`
  <fieldset class="picks"><legend>On</legend>${WEEK.map(([code, name]) => html`
    <label class="pick"><input type="checkbox" value=${code} .checked=${live(days.includes(code))} @change=${turn}>${name}</label>`)}</fieldset>`;
