// A channel as a form: the fields of its kind, and its rules.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { errorsOf, field, focusError, formError } from "../../core/forms.js";
import { configFields, readConfig } from "./config.js";
import { rules } from "./rules.js";
import { trial } from "./trial.js";

/** A form for a `channel`, null for a new one of a `kind`; `done` is called with what was stored. */
export function channelForm({ kind, channel = null, redraw, done }) {
  const state = { error: null, busy: false };
  const told = rules(channel, redraw);
  const test = trial(redraw);

  /** Do what may be refused for what was entered. */
  async function attempt(form, act) {
    Object.assign(state, { busy: true, error: null });
    redraw();
    try {
      await act(new FormData(form));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
    }
    state.busy = false;
    redraw();
    if (state.error) focusError(form);
  }

  const save = (entered) => {
    const body = { name: entered.get("name"), config: readConfig(kind, entered, channel), ...told.read(entered) };
    return channel
      ? send("PATCH", `/notification-channels/${channel.id}`, body)
      : send("POST", "/notification-channels", { ...body, kind: kind.kind });
  };
  const submit = (event) => {
    event.preventDefault();
    return attempt(event.target, async (entered) => done(await save(entered)));
  };
  const tryOut = ({ currentTarget: { form } }) =>
    attempt(form, (entered) =>
      test.run(() => send("POST", "/notification-channels/test", { kind: kind.kind, config: readConfig(kind, entered) })));

  return () => {
    const errors = errorsOf(state.error);
    return html`<form class="stack narrow" novalidate @submit=${submit}>
      ${formError(state.error)}
      <section class="card stack" aria-labelledby="where-title"><h2 id="where-title">${kind.name}</h2>
        <p class="muted">${kind.help}</p>
        ${field({ name: "name", label: "Name", value: channel?.name, error: errors.name, required: true, maxlength: 200, help: "As you will find it again." })}
        ${configFields(kind, { stored: channel, errors })}
        ${channel ? nothing : html`<div class="actions">${test.button(tryOut)}</div>${test.result()}`}
      </section>
      ${told.view(errors)}
      <div class="actions"><button class="button primary" ?disabled=${state.busy}>${channel ? "Save" : "Add the channel"}</button>
        ${channel ? nothing : html`<a class="button" href="/channels">Cancel</a>`}</div>
    </form>`;
  };
}
