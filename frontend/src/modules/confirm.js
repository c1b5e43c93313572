// Asks before an act: data-confirm="consequence in words" on a submit button or a link. The dialog's button says what
// the pressed one says; it is red where the pressed one is (btn-danger, btn-ghost-danger, or data-danger).
const DANGEROUS = ".btn-danger, .btn-ghost-danger, .btn-outline-danger, [data-danger]";
let dialog;

/** Asks in the page's dialog; resolves to true when the person goes on. */
export function askFirst(consequence, { label, danger = false } = {}) {
  dialog ??= document.getElementById("confirm");
  dialog.querySelector("#confirm-text").textContent = consequence;
  const go = dialog.querySelector("[value=yes]");
  go.textContent = label || go.dataset.label;
  go.className = danger ? "btn btn-danger" : "btn btn-primary";
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
      const label = asked.textContent.trim() || asked.title;
      if (!(await askFirst(asked.dataset.confirm, { label, danger: asked.matches(DANGEROUS) }))) return;
      asked.dataset.confirmed = "yes";
      asked.click();
      delete asked.dataset.confirmed;
    },
    true,
  );
}
