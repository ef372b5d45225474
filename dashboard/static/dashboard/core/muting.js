// Silence: telling nobody of a connection or an integration for a while.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { send, withQuery } from "./api.js";
import { readMoment } from "./credentials.js";
import { ask } from "./dialogs.js";
import { refusal } from "./entries.js";
import { field } from "./forms.js";
import { short } from "./format.js";
import { tell, tellError } from "./toasts.js";

const SPANS = [["1", "For 1 hour"], ["8", "For 8 hours"], ["24", "For 24 hours"]];
const OTHERS = [["until", "Until a time"], ["", "Until it is unmuted"]];

const NAMED_BY = { connections: "connectionId", integrations: "integrationId" };

/** Where maintenance of what is at this path is planned. */
function planned(path) {
  const [, kind, id] = path.split("/");
  return withQuery("/maintenance/new", { [NAMED_BY[kind]]: id });
}

/** Ask for how long to mute what is at this path (`/connections/<id>`); null: it was not. */
export function mute(path, name) {
  let span = "1";
  return ask({
    title: html`Mute <bdi>${name}</bdi>`,
    verb: "Mute",
    body: ({ errors, redraw }) => html`
      <p>It is checked as ever, and nobody is told. Where work on it is planned,
        <a href=${planned(path)}>plan maintenance</a>: then it does not count against uptime either.</p>
      <fieldset class="options"><legend class="visually-hidden">For how long</legend>
        ${[...SPANS, ...OTHERS].map(([code, text]) => html`
          <label class="check"><input type="radio" name="span" value=${code} ?checked=${code === span}
            @change=${() => ((span = code), redraw())}><span>${text}</span></label>`)}
      </fieldset>
      ${span === "until"
        ? field({ name: "until", label: "Muted until", type: "datetime-local", error: errors.until, required: true })
        : nothing}`,
    act: async (entered) => {
      const until = endOf(span, entered.get("until"));
      const muted = await send("POST", `${path}/mute`, { until });
      tell(until ? `Muted until ${short(until)}.` : "Muted until you unmute it.");
      return muted;
    },
  });
}

const endOf = (span, entered) => {
  if (span === "until" && !entered) throw refusal({ until: ["Enter it to go on."] });
  if (span === "until") return readMoment(entered);
  return span ? new Date(Date.now() + Number(span) * 3_600_000).toISOString() : null;
};

/** Tell people of it again. */
export async function unmute(path) {
  try {
    await send("POST", `${path}/unmute`);
    tell("Unmuted.");
  } catch (error) {
    tellError(error);
  }
}
