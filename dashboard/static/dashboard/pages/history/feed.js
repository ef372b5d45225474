// A page of a list that gets rows at its top: they wait while they would be in the way.

/**
 * `take(address, page)` keeps what was found at an address; it waits while `isHeld()`. `of(address)`
 * is what is shown there, null before it is known, `waiting` how many rows are newer than that, and
 * `show()` shows them.
 */
export function feed(isHeld) {
  let shown = null; // {address, page}
  let next = null;

  const countNew = ({ data }) => {
    const known = new Set(shown.page.data.map(({ id }) => id));
    return data.filter(({ id }) => !known.has(id)).length;
  };

  return {
    take(address, page) {
      const isSame = shown?.address === address;
      next = isSame && isHeld() && countNew(page) ? { address, page } : null;
      if (!next) shown = { address, page };
    },
    of: (address) => (shown?.address === address ? shown.page : null),
    get waiting() {
      return next ? countNew(next.page) : 0;
    },
    show() {
      shown = next;
      next = null;
    },
  };
}
