// What is typed as text and means more: numbers, lists, headers, JSON.

import { ApiError } from "./api.js";

/** An error of a form, with messages by field. */
export const refusal = (details) =>
  new ApiError({ status: 400, code: "validation_error", message: "The form is not complete.", details });

export const readNumber = (text) => (text ? Number(text) : null);

/** `Name: value` on each line, as an object. Throws an ApiError that names the field. */
export function readHeaders(text, name = "headers") {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const pairs = lines.map((line) => line.match(/^([^:]+):(.*)$/)?.slice(1).map((part) => part.trim()));
  const wrong = pairs.indexOf(undefined);
  if (wrong >= 0) throw refusal({ [name]: [`Line ${wrong + 1} has no colon: write Name: value.`] });
  return Object.fromEntries(pairs);
}

export const showHeaders = (headers) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join("\n");

/** JSON as it was typed; `empty` where nothing was. Throws an ApiError that names the field. */
export function readJson(text, name, empty) {
  if (!text.trim()) return empty;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal({ [name]: [`This is not JSON: ${error.message}`] });
  }
}

export const showJson = (value) => (value === null ? "" : JSON.stringify(value, null, 2));
