// Runs before the page is painted, so that nobody sees the other colours flash. Afterwards modules
// find here, as `look`, what decides about colours.
(() => {
  const root = document.documentElement;
  let ofTenant = root.dataset.theme;

  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  /** The relative luminance of a colour such as `#1a2b3c` (WCAG 2.2). */
  const luminance = (color) => {
    const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  /** How much two colours differ, from 1 to 21 (WCAG 2.2). */
  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };

  /** Black or white: what is read better on this colour. */
  const inkOn = (color) => (contrast(color, "#000000") > contrast(color, "#ffffff") ? "#000000" : "#ffffff");

  /** Give an element, and all in it, this accent; none: the product's own. */
  const setAccent = (element, color) => {
    const set = (name, value) =>
      value ? element.style.setProperty(name, value) : element.style.removeProperty(name);
    set("--accent", color);
    set("--on-accent", color && inkOn(color));
  };

  /** What was chosen for this device, or null. */
  const chosen = () => localStorage.getItem("theme");

  const setTheme = (theme) => {
    root.dataset.theme = theme;
    dispatchEvent(new Event("themechange"));
  };

  /** Have this theme on this device; null: the one of the tenant. */
  const choose = (theme) => {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
    setTheme(theme ?? ofTenant);
  };

  /** Follow the tenant's look, as the API has it. */
  const setTenant = ({ theme, accentColor }) => {
    ofTenant = theme;
    setAccent(root, accentColor);
    setTheme(chosen() ?? theme);
  };

  setTenant({ theme: ofTenant, accentColor: root.dataset.accent });
  globalThis.look = { contrast, setAccent, setTenant, chosen, choose };
})();
