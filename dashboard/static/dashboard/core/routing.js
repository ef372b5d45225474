// What of a page's state lives in its address, so that reload and back work.

/** The parameter of the address; null if it is not there. */
export const parameter = (name) => new URLSearchParams(location.search).get(name);

/** Go to another state of this page, which back leaves again; null takes a parameter away. */
export const goTo = (changes) => history.pushState(null, "", changed(changes));

/** Say in the address what is shown now. */
export const note = (changes) => history.replaceState(null, "", changed(changes));

/** The page's address with these parameters changed. */
export function changed(changes) {
  const given = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes))
    if ((value ?? "") === "") given.delete(name);
    else given.set(name, value);
  const query = given.toString();
  return query ? `${location.pathname}?${query}` : location.pathname;
}

/** Let a link lead to a state of this page without loading it anew, where it is just clicked. */
export const follow = (changes, then) => (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  goTo(changes);
  then();
};
