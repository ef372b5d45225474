// The REST API, called with the browser's session. Answers that have not changed come from the
// browser's cache: reads carry an ETag, and `Cache-Control: no-cache` has fetch ask with it.

import { followRole, signInAgain } from "./session.js";
import { shell } from "./shell.js";

const BASE = "/api/v1";

/** An answer that says no. `details` are messages by field; `status` 0: no answer came. */
export class ApiError extends Error {
  constructor({ status, code, message, details, retryAfter = null, requestId = null }) {
    super(message);
    Object.assign(this, { status, code, details: details ?? {}, retryAfter, requestId });
  }

  /** Whether nothing is wrong with the request: it may do later. */
  get isTrouble() {
    return this.status === 0 || this.status >= 500;
  }
}

/** For `catch`, where no answer came, or not all of it. */
export function noAnswer(error) {
  if (error.name === "AbortError") throw error;
  const message = "Vitals can't be reached. Check your network, then try again.";
  throw new ApiError({ status: 0, code: "unreachable", message });
}

/** Read one thing: its `data`. Parameters that are null or empty are left out. */
export async function get(path, parameters = {}, options = {}) {
  return (await request("GET", withQuery(path, parameters), options)).data;
}

/** Read a page of a list: `{data, pagination: {hasMore, cursor}}`. */
export const list = (path, parameters = {}, options = {}) =>
  request("GET", withQuery(path, parameters), options);

/** Read all pages of a list that is known to be short. */
export async function all(path, parameters = {}) {
  const rows = [];
  let cursor = null;
  do {
    const page = await list(path, { ...parameters, limit: 100, cursor });
    rows.push(...page.data);
    cursor = page.pagination.hasMore ? page.pagination.cursor : null;
  } while (cursor);
  return rows;
}

/** Change something: the answer's `data`; null after a DELETE. */
export async function send(method, path, body, options = {}) {
  return (await request(method, path, { ...options, body })).data;
}

/** As `send`, with the status: `{status, data, location}`. For what may answer 202. */
export const sendForStatus = (method, path, body) => request(method, path, { body });

/** The path with its query, without what is null, undefined or empty. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => (value ?? "") !== "");
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}

async function request(method, path, { body, signal, contentType } = {}) {
  const answer = await call(method, path, { body, signal, contentType });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const envelope = answer.status === 204 || !isJson ? {} : await answer.json().catch(noAnswer);
  if (answer.ok) {
    const { data = null, pagination = null } = envelope;
    return { status: answer.status, data, pagination, location: answer.headers.get("Location") };
  }
  if (answer.status === 401) {
    await signInAgain();
    return request(method, path, { body, signal, contentType });
  }
  if (answer.status === 403) await followRole();
  const retryAfter = Number(answer.headers.get("Retry-After")) || null;
  const { code = "internal", message = `Vitals answered ${answer.status}.`, details } =
    envelope.error ?? {};
  throw new ApiError({
    status: answer.status,
    code,
    message: answer.status === 429 && retryAfter ? `${message} ${tryAgainAt(retryAfter)}` : message,
    details,
    retryAfter,
    requestId: answer.headers.get("X-Request-Id"),
  });
}

// The moment stays right for as long as this is read; so many seconds would not.
const tryAgainAt = (seconds) =>
  `Try again at ${new Date(Date.now() + seconds * 1000).toLocaleTimeString()}.`;

function call(method, path, { body, signal, contentType }) {
  // A page that is left open while its browser begins to act as another member gets a 401.
  const headers = { Accept: "application/json", "X-Member-Id": shell.memberId };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = contentType ?? "application/json";
  const text = body === undefined || contentType ? body : JSON.stringify(body);
  const url = path.startsWith("/api/") ? path : BASE + path;
  return fetch(url, { method, headers, body: text, signal }).catch(noAnswer);
}

/** Django's token against cross-site requests; it changes with each sign-in. */
export const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
