// How an integration signs in, as fields: each way to authenticate has its own.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { field } from "./forms.js";
import { choices } from "./shell.js";

const PREFIX = { name: "prefix", label: "Prefix", optional: true };
const NAMES = { name: "names", list: true, help: "Up to ten, separated by spaces." };

// The options of each type, as the API names them; it says what is wrong with one.
const OPTIONS = {
  bearer: [{ ...PREFIX, placeholder: "Bearer" }],
  api_key_header: [{ name: "header", label: "Header", placeholder: "X-Api-Key" }, PREFIX],
  api_key_query: [{ name: "parameter", label: "Query parameter", placeholder: "api_key" }],
  headers: [{ ...NAMES, label: "Headers that are secret" }],
  query: [{ ...NAMES, label: "Query parameters that are secret" }],
  json_body: [{ ...NAMES, label: "Fields of the body that are secret" }],
  oauth2: [
    {
      name: "grantType",
      label: "Grant",
      choices: [
        ["authorization_code", "Somebody consents at the provider"],
        ["client_credentials", "The client alone"],
        ["refresh_token", "A refresh token at hand"],
      ],
    },
    { name: "tokenUrl", label: "Token URL", inputmode: "url" },
    { name: "authorizeUrl", label: "Authorization URL", inputmode: "url", optional: true, help: "Where somebody consents." },
    { name: "scopes", label: "Scopes", list: true, optional: true, help: "Separated by spaces." },
    {
      name: "tokenEndpointAuthMethod",
      label: "The client proves itself",
      choices: [
        ["", "in the body, as most want it"],
        ["client_secret_basic", "by HTTP Basic"],
      ],
    },
    {
      name: "sendAs",
      label: "The access token is sent",
      choices: [
        ["", "as a bearer token"],
        ["bearer", "with another prefix"],
        ["api_key_header", "in a header"],
        ["api_key_query", "in the query"],
      ],
    },
  ],
};

const HELP = {
  path_token: "Write {token} where it belongs, in the base URL or in a path.",
};

/**
 * Fields for an `auth`; `state.auth` is what is chosen now, and `redraw` is called when its type or
 * how a token is sent has changed.
 */
export function authFields(state, { errors = {}, redraw }) {
  const { auth } = state;
  const change = (changes) => {
    state.auth = { ...state.auth, ...changes };
    redraw();
  };
  const sent = typeof auth.sendAs === "object" ? auth.sendAs : { type: auth.sendAs };
  return html`
    ${field({
      name: "auth.type",
      label: "Authentication",
      choices: choices("authType"),
      value: auth.type,
      error: errors.auth ?? errors["auth.type"],
      help: HELP[auth.type] ?? null,
      onInput: (event) => change({ type: event.target.value }),
    })}
    ${(OPTIONS[auth.type] ?? []).map((option) =>
      field({
        ...option,
        name: `auth.${option.name}`,
        value: option.name === "sendAs" ? (sent.type ?? "") : shown(auth[option.name]),
        onInput: option.name === "sendAs" ? (event) => change({ sendAs: event.target.value }) : null,
      }))}
    ${auth.type === "oauth2" && OPTIONS[sent.type]
      ? OPTIONS[sent.type].map((option) =>
          field({ ...option, name: `auth.sendAs.${option.name}`, value: sent[option.name] ?? "" }))
      : nothing}`;
}

/** The `auth` that was entered, without what was left empty. */
export function readAuth(entered) {
  const type = entered.get("auth.type");
  const auth = { type, ...readOptions(entered, "auth", type) };
  if (auth.sendAs)
    auth.sendAs = { type: auth.sendAs, ...readOptions(entered, "auth.sendAs", auth.sendAs) };
  return auth;
}

const readOptions = (entered, place, type) =>
  Object.fromEntries(
    (OPTIONS[type] ?? [])
      .map(({ name, list }) => [name, read(entered.get(`${place}.${name}`) ?? "", list)])
      .filter(([, value]) => value.length),
  );

const read = (text, isList) => (isList ? text.split(/\s+/).filter(Boolean) : text.trim());

const shown = (value) => (Array.isArray(value) ? value.join(" ") : (value ?? ""));
