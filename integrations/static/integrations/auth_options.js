// Shows the options of the chosen way to authenticate alone. Without this script all are there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    const type = document.getElementById("id_auth_type");
    if (!type) {
        return;
    }
    const show = () => {
        for (const field of document.querySelectorAll("[data-auth-types]")) {
            const types = field.dataset.authTypes.split(" ");
            field.closest(".form-row").hidden = !types.includes(type.value);
        }
    };
    type.addEventListener("change", show);
    show();
});
