// What stands around every page: the bell, and the choice of colours.

import "./bell.js";

const themes = document.querySelectorAll(".menu [data-theme-choice]");

const showTheme = () => {
  const { theme } = document.documentElement.dataset;
  for (const button of themes)
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
};

for (const button of themes)
  button.addEventListener("click", () => look.choose(button.dataset.themeChoice));
addEventListener("themechange", showTheme);
showTheme();
