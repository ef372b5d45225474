// An account is connected step by step: the integration, the connection with its credential, the
// first check. What is done stays done when a later step fails, and is corrected with the next try.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ApiError, list, send } from "./api.js";
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

  /** Whether there is nothing to correct in what was entered. */
  get isDone() {
    return this.check?.outcome === "passed";
  }

  /**
   * Do all of it, or again what was corrected. `integration` are the fields of a new one, null for
   * the one that is there; `connection` those of a connection, null where none is wanted yet. With
   * `consent` the person is sent to the provider in the place of a check.
   */
  async run({ integration = null, connection = null, consent = false }) {
    Object.assign(this, { error: null, check: null, since: Date.now() });
    this.steps = [
      ...(integration ? [["Add the integration", () => this.#makeIntegration(integration)]] : []),
      ...(connection ? this.#toConnect(connection, consent) : []),
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

  #toConnect(fields, consent) {
    return [
      ["Store the connection", () => this.#store(fields)],
      consent
        ? ["Lead you to the provider", () => this.#consent()]
        : ["Test it", () => this.#test()],
    ];
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
    if (isSame(fields, this.made)) return;
    const isOurs = this.made !== null && (await this.#withdraw());
    if (isOurs && isSame(fields.auth, this.made.auth)) {
      const { provider, ...changes } = fields;
      this.integration = await send("PATCH", `/integrations/${this.integration.id}`, changes);
    } else {
      // Another way to sign in has another test action: that is another integration.
      if (isOurs) await send("DELETE", `/integrations/${this.integration.id}`);
      Object.assign(this, { made: null, integration: null });
      this.integration = await send("POST", "/integrations", fields);
    }
    this.made = fields;
  }

  /**
   * Take away our connection, whose secret is for what the integration was; answer whether that was
   * the only one there. What others have connected meanwhile is not ours to change.
   */
  async #withdraw() {
    if (this.connection) await send("DELETE", `/connections/${this.connection.id}`);
    this.connection = null;
    const integrationId = this.integration.id;
    return !(await list("/connections", { integrationId, limit: 1 })).data.length;
  }

  async #store(fields) {
    const integrationId = this.integration.id;
    this.connection = this.connection
      ? await send("PATCH", `/connections/${this.connection.id}`, fields)
      : await send("POST", "/connections", { ...fields, integrationId });
  }

  async #test() {
    this.check = await checkNow(this.connection.id);
    return this.isDone;
  }

  async #consent() {
    const place = `/connections/${this.connection.id}`;
    const started = await send("POST", `${place}/oauth/start`, { returnTo: place });
    location.assign(started.authorizationUrl);
  }
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

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
export function outcome({ check, connection }) {
  if (check.outcome !== "passed") return failure(check, connection);
  return check.testActionSuccess === null ? notCalled(connection) : success(check, connection);
}

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

const notCalled = (connection) => html`
  <section class="notice warn outcome" tabindex="-1" aria-labelledby="outcome-title">
    ${icon("circle-help")}
    <div class="stack">
      <h2 id="outcome-title">Stored, but nothing was called</h2>
      <p><bdi>${connection.integrationName}</bdi> has no call yet that a check may make. Until it has one, Vitals looks at
        the credential alone, and cannot tell whether it works.</p>
      <div class="actions">
        <a class="button primary" href="/integrations/${connection.integrationId}">Choose a test action</a>
        <a class="button" href="/connections/${connection.id}">Open the connection</a>
      </div>
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
