// An OpenAPI document becomes an integration; then the call that tests it is chosen.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ApiError, send } from "../../core/api.js";
import { errorsOf, field, formError } from "../../core/forms.js";
import { count, plural } from "../../core/format.js";
import { icon } from "../../core/icons.js";

const MOST = 5 * 1024 * 1024; // bytes that the API takes

/** The part of the page: `redraw` draws it again. */
export function openApi(redraw) {
  const state = { text: "", file: null, imported: null, chosen: null, busy: false, error: null };

  const attempt = async (act) => {
    Object.assign(state, { busy: true, error: null });
    redraw();
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.error = error;
    }
    state.busy = false;
    redraw();
    document.querySelector("main [aria-invalid=true], main [role=alert], .imported")?.focus();
  };

  const upload = (event) => {
    event.preventDefault();
    const entered = new FormData(event.target);
    return attempt(async () => {
      const text = state.file ? await state.file.text() : entered.get("document");
      const made = await importText(text, entered.get("name").trim(), entered.get("baseUrl").trim());
      Object.assign(state, { imported: made, chosen: made.candidates[0]?.actionId ?? null });
    });
  };

  const activate = (event) => {
    event.preventDefault();
    const { id } = state.imported.integration;
    const baseUrl = new FormData(event.target).get("baseUrl").trim();
    const healthCheckConfig = { testActionId: state.chosen };
    return attempt(async () => {
      await send("PATCH", `/integrations/${id}`, { baseUrl, healthCheckConfig, status: "active" });
      location.assign(`/connections/new?integrationId=${id}`);
    });
  };

  return {
    open: redraw,
    view: () => (state.imported ? review(state, activate, redraw) : entry(state, upload, redraw)),
  };
}

function importText(text, name, baseUrl) {
  if (new Blob([text]).size > MOST)
    throw new ApiError({
      status: 413,
      code: "payload_too_large",
      message: "The document is larger than 5 MiB. Leave out what is not needed, such as examples.",
    });
  const path = "/integrations/import";
  if (name || baseUrl)
    return send("POST", path, { document: text, ...(name && { name }), ...(baseUrl && { baseUrl }) });
  const isJson = text.trimStart().startsWith("{");
  return send("POST", path, text, { contentType: isJson ? "application/json" : "application/yaml" });
}

function entry(state, upload, redraw) {
  const errors = errorsOf(state.error);
  const takeFile = (file) => {
    if (!file) return;
    state.file = file;
    redraw();
  };
  return html`<section class="card" aria-labelledby="import-title">
    <h2 id="import-title">Import an OpenAPI document</h2>
    <form class="stack" novalidate @submit=${upload}>
      ${state.error && !errors.document ? formError(state.error) : nothing}
      ${errors.document ? html`<p class="notice bad" role="alert" tabindex="-1">${icon("triangle-alert")}<span>${errors.document}</span></p>` : nothing}
      <p class="muted">Version 3.0 or 3.1, JSON or YAML, 5 MiB at most. Its operations become actions; nothing is fetched
        from elsewhere.</p>
      ${state.file
        ? html`<p class="notice">${icon("file-up")}<span><bdi>${state.file.name}</bdi>, ${count(Math.ceil(state.file.size / 1024))} kB</span>
            <button type="button" class="button small" @click=${() => { state.file = null; redraw(); }}>Another one</button></p>`
        : html`
          <div class="field"><label for="field-file">File</label>
            <input id="field-file" type="file" accept=".json,.yaml,.yml,application/json,application/yaml"
              @change=${(event) => takeFile(event.target.files[0])}></div>
          ${field({ name: "document", label: "Or paste it", rows: 10, value: state.text })}`}
      <div class="fields">
        ${field({
          name: "name",
          label: "Name",
          optional: true,
          error: errors.name,
          maxlength: 200,
          help: "Empty: its title.",
        })}
        ${field({
          name: "baseUrl",
          label: "Base URL",
          optional: true,
          error: errors.baseUrl,
          inputmode: "url",
          placeholder: "https://api.example.com",
          help: "Empty: its first server.",
        })}
      </div>
      <div class="actions"><button class="button primary" ?disabled=${state.busy}>
        ${state.busy ? icon("refresh-cw", "spin") : icon("upload")}${state.busy ? "Importing…" : "Import"}</button></div>
    </form></section>`;
}

function review(state, activate, redraw) {
  const { integration, actionsCreated, candidates, warnings } = state.imported;
  const errors = errorsOf(state.error);
  return html`<section class="card imported" tabindex="-1" aria-labelledby="imported-title">
    <h2 id="imported-title"><bdi>${integration.name}</bdi> has ${plural(actionsCreated, "action")}</h2>
    <form class="stack" novalidate @submit=${activate}>
      ${formError(state.error)}
      ${warnings.length ? html`<details class="more" ?open=${warnings.length < 4}>
        <summary>${plural(warnings.length, "thing")} to know</summary>
        <ul class="bullets">${warnings.map((text) => html`<li>${text}</li>`)}</ul></details>` : nothing}
      ${field({
        name: "baseUrl",
        label: "Base URL",
        value: integration.baseUrl,
        error: errors.baseUrl,
        required: true,
        inputmode: "url",
      })}
      ${candidates.length ? choice(state, redraw) : html`<p class="notice warn">${icon("triangle-alert")}<span>No call was
        found that would test a credential by itself. Choose one among the actions later.</span></p>`}
      <div class="actions">
        <button class="button primary" ?disabled=${state.busy}>${icon("check")}Activate and add a connection</button>
        <a class="button" href="/integrations/${integration.id}">Keep it as a draft</a>
      </div></form></section>`;
}

const choice = (state, redraw) => html`
  <fieldset class="candidates"><legend>Which call shall test a credential?</legend>
    <p class="muted">The best guesses first. Once there is a connection, “Prove it” shows whether a guess is right.</p>
    ${state.imported.candidates.map((one) => html`<label class="pick">
      <input type="radio" name="action" .checked=${one.actionId === state.chosen}
        @change=${() => { state.chosen = one.actionId; redraw(); }}>
      <span><code>${one.method} ${one.path}</code> <bdi>${one.name}</bdi>
        <small class="muted">Score ${one.score}: ${one.reasons.join(", ")}</small></span></label>`)}
  </fieldset>`;
