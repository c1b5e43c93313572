// Asks before an act: data-confirm="consequence in words" on a submit button or a link.
let dialog;

/** Asks in the page's dialog; resolves to true when the person goes on. */
export function askFirst(consequence) {
  dialog ??= document.getElementById("confirm");
  dialog.querySelector("#confirm-text").textContent = consequence;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function enhanceConfirmations() {
  document.addEventListener(
    "click",
    async (event) => {
      const asked = event.target.closest("[data-confirm]");
      if (!asked || asked.dataset.confirmed) return;
      event.preventDefault();
      event.stopPropagation();
      if (!(await askFirst(asked.dataset.confirm))) return;
      asked.dataset.confirmed = "yes";
      asked.click();
      delete asked.dataset.confirmed;
    },
    true,
  );
}
