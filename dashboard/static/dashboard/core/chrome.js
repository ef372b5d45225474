// What stands around every page: the choice of colours and of the tenant.

import { send } from "./api.js";
import { tellError } from "./toasts.js";

const root = document.documentElement;

const showTheme = () => {
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === root.dataset.theme));
};

for (const button of document.querySelectorAll("[data-theme-choice]"))
  button.addEventListener("click", () => {
    root.dataset.theme = button.dataset.themeChoice;
    localStorage.setItem("theme", button.dataset.themeChoice);
    showTheme();
    dispatchEvent(new Event("themechange"));
  });
showTheme();

for (const button of document.querySelectorAll("[data-tenant]"))
  button.addEventListener("click", async () => {
    try {
      await send("POST", "/session/tenant", { tenantId: button.dataset.tenant });
      location.assign("/");
    } catch (error) {
      tellError(error);
    }
  });
