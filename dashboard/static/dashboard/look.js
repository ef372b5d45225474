// Runs before the page is painted, so that nobody sees the other colours flash.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("theme");
  if (chosen) root.dataset.theme = chosen;
  const accent = root.dataset.accent;
  if (!accent) return;
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16) / 255);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  // What has the better contrast on it (WCAG 2.2, relative luminance).
  const ink = (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? "#000" : "#fff";
  root.style.setProperty("--accent", accent);
  root.style.setProperty("--on-accent", ink);
})();
