// Looking again and again for what has changed.

const EVERY = 4_000; // ms between two looks: within five seconds a page shows what has changed
const SHARE = 20; // the server is left alone for this many times as long as a look took
const LONGEST = 60_000; // ms between two tries while something is wrong

/**
 * Call `look` now and again; it resolves with whether it found what it looked for, and never fails.
 *
 * By conditional polling: a stream of server-sent events would hold one of the server's few
 * threads for each open page. Only while the page is visible, slower while the server is slow or
 * away. Returns a function that looks at once, and resolves when that is done.
 */
export function poll(look) {
  let timer = null;
  let running = null;
  let again = false;
  let failures = 0;
  let before = 0; // ms that the look before took

  const lookAndWait = async () => {
    const began = performance.now();
    try {
      failures = (await look()) ? 0 : failures + 1;
    } finally {
      clearTimeout(timer);
      timer = setTimeout(() => document.hidden || refresh(), pause(performance.now() - began));
    }
  };

  // How long to wait after a look that took so many ms. A single slow one, as the first, tells
  // nothing of the server.
  const pause = (took) => {
    const slowness = Math.min(took, before);
    before = took;
    return Math.min(Math.max(EVERY, SHARE * slowness) * 2 ** Math.min(failures, 4), LONGEST);
  };

  // One look at a time; who asks meanwhile gets another one after it.
  const refresh = () => {
    if (running) {
      again = true;
      return running;
    }
    running = lookAndWait().finally(() => {
      running = null;
      if (again) {
        again = false;
        return refresh();
      }
    });
    return running;
  };

  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  for (const event of ["online", "offline", "signedin"]) addEventListener(event, refresh);
  refresh();
  return refresh;
}
