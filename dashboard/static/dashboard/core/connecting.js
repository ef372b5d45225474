// An account is connected step by step: the integration, the connection with its credential, the
// first check. What is done stays done when a later step fails, and is corrected with the next try.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, send } from "./api.js";
import { checkNow } from "./checking.js";
import { nextStep } from "./advice.js";
import { every, milliseconds } from "./format.js";
import { icon } from "./icons.js";
import { word } from "./shell.js";

const SHAPES = {
  done: ["circle-check", "Done"],
  running: ["refresh-cw", "Under way"],
  failed: ["octagon-x", "Failed"],
  waiting: ["circle-dashed", "To do"],
};

/** `integration`: the one that is there already; `redraw` is called whenever something changed. */
export class Connecting {
  constructor({ integration = null, redraw }) {
    Object.assign(this, { integration, redraw });
    Object.assign(this, { made: null, connection: null, check: null, error: null });
    Object.assign(this, { steps: [], since: null });
  }

  get isRunning() {
    return this.since !== null;
  }

  get works() {
    return this.check?.outcome === "passed";
  }

  /**
   * Do all of it, or again what was corrected. `integration` are the fields of a new one, null for
   * the one that is there; `connection` those of a connection. With `consent` the person is sent to
   * the provider in the place of a check.
   */
  async run({ integration = null, connection, consent = false }) {
    Object.assign(this, { error: null, check: null, since: Date.now() });
    this.steps = [
      ...(integration ? [["Add the integration", () => this.#makeIntegration(integration)]] : []),
      ["Store the connection", () => this.#store(connection)],
      consent
        ? ["Lead you to the provider", () => this.#consent()]
        : ["Test it", () => this.#test()],
    ].map(([text, act]) => ({ text, act, state: "waiting" }));
    const clock = setInterval(this.redraw, 1000);
    try {
      for (const step of this.steps) await this.#take(step);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.error = error;
    } finally {
      clearInterval(clock);
      this.since = null;
      this.redraw();
    }
  }

  async #take(step) {
    step.state = "running";
    this.redraw();
    try {
      const isDone = (await step.act()) !== false;
      step.state = isDone ? "done" : "failed";
    } catch (error) {
      step.state = "failed";
      throw error;
    }
  }

  async #makeIntegration(fields) {
    const wanted = JSON.stringify(fields);
    if (this.made === wanted) return;
    // Another host or another way to sign in has another test action and no use for the secret.
    if (this.made) await send("DELETE", `/integrations/${this.integration.id}`);
    Object.assign(this, { made: null, integration: null, connection: null });
    this.integration = await send("POST", "/integrations", fields);
    this.made = wanted;
  }

  async #store(fields) {
    const integrationId = this.integration.id;
    this.connection = this.connection
      ? await send("PATCH", `/connections/${this.connection.id}`, fields)
      : await send("POST", "/connections", { ...fields, integrationId });
  }

  async #test() {
    this.check = await checkNow(this.connection.id);
    return this.works;
  }

  async #consent() {
    const place = `/connections/${this.connection.id}`;
    const started = await send("POST", `${place}/oauth/start`, { returnTo: place });
    location.assign(started.authorizationUrl);
  }
}

/** How far it is. */
export const progress = (connecting) => html`
  <ol class="steps" aria-label="Progress">${connecting.steps.map(({ text, state }) => {
    const [shape, said] = SHAPES[state];
    const seconds = Math.round((Date.now() - connecting.since) / 1000);
    return html`<li class=${state}>${icon(shape, state === "running" ? "spin" : "")}
      <span>${text}<span class="visually-hidden">: ${said}</span></span>
      ${state === "running" ? html`<small class="muted number">${seconds} s</small>` : nothing}</li>`;
  })}</ol>`;

/** What came of the first check: whether it works; if not, what is wrong and who can mend it. */
export const outcome = ({ check, connection }) =>
  check.outcome === "passed" ? success(check, connection) : failure(check, connection);

const success = (check, connection) => html`
  <section class="card outcome good" tabindex="-1" aria-labelledby="outcome-title">
    ${icon("circle-check")}
    <h2 id="outcome-title">It works</h2>
    <p><bdi>${connection.integrationName}</bdi> answered in ${milliseconds(check.latencyMs)}. Vitals goes on
      testing it ${every(connection.effectiveIntervalMinutes)}.</p>
    ${check.reasons.length
      ? html`<p class="badge warn">${icon("triangle-alert")}${inWords(check.reasons)}</p>`
      : nothing}
    <div class="actions">
      <a class="button primary" href="/connections/${connection.id}">Open the connection</a>
      <a class="button" href="/">To the overview</a>
    </div>
  </section>`;

const failure = (check, connection) => html`
  <section class="notice ${check.outcome === "failed" ? "bad" : "warn"} outcome" tabindex="-1" role="alert"
    aria-labelledby="outcome-title">
    ${icon(check.outcome === "failed" ? "octagon-x" : "circle-help")}
    <div class="stack">
      <h2 id="outcome-title">${check.outcome === "failed" ? "It does not work yet" : "Nobody can tell yet"}</h2>
      <p>${check.error?.message ?? inWords(check.reasons)}
        ${check.failureCause ? html`<span class="chip">${word("cause", check.failureCause)}</span>` : nothing}</p>
      ${check.suggestedResolution ? nextStep(check.suggestedResolution) : nothing}
      <p>Correct it here and test again, or <a href="/connections/${connection.id}">leave it as it is</a>.</p>
    </div>
  </section>`;

const inWords = (reasons) => reasons.map((reason) => word("reason", reason)).join(". ");
