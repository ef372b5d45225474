// Checking a connection now, and waiting for what comes of it.

import { sendForStatus } from "./api.js";

const BETWEEN = 1_000; // ms between two looks at a check that takes longer

/**
 * Check a connection: resolves with the finished check, however long it takes.
 *
 * Throws ApiError: 409 where it cannot be checked, 410 where the check was lost, 429 after too many.
 */
export async function checkNow(connectionId) {
  let answer = await sendForStatus("POST", `/connections/${connectionId}/health-checks`);
  const place = answer.location;
  while (answer.status === 202) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    answer = await sendForStatus("GET", place);
  }
  return answer.data;
}

const KINDLY = {
  404: "This connection is not there any more.",
  410: "This check was lost. Nothing is wrong with the connection because of that: check again.",
};

/** Why there is no finished check, in words. */
export const whyNot = (error) => KINDLY[error.status] ?? error.message;
