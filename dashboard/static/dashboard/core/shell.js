// What the server says of the page: who acts for which tenant, and the API's codes in words.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

/**
 * `{tenantId, memberId, role, email, path, redirectUri}`; `path` has the variable parts of the
 * page's address, `redirectUri` is what to register with a provider's OAuth client.
 */
export const shell = read("frame");

const words = read("words");
const ROLES = Object.keys(words.role); // each includes those before it

/** What a code means: `word("cause", "rate_limited")`. An unknown one stands for itself. */
export const word = (kind, code) => words[kind]?.[code] ?? code;

/** Whether there is such a code, as one of an address may not be. */
export const isCode = (kind, code) => Object.hasOwn(words[kind], code);

/** The codes of a kind with their words, as `[code, word]`, in their order. */
export const choices = (kind) => Object.entries(words[kind]);

/** Whether the person's role includes this one. */
export const can = (role) => ROLES.indexOf(shell.role) >= ROLES.indexOf(role);
