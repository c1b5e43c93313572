// Copies what stands in a field: data-copy="<id>" on a button that is hidden where the browser cannot; the button then
// says data-copied for a while.
const SAID_FOR = 2000;

export function enhanceCopying() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.querySelector("span");
    const before = words.textContent;
    words.setAttribute("aria-live", "polite");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      await navigator.clipboard.writeText(field.value);
      words.textContent = button.dataset.copied;
      setTimeout(() => (words.textContent = before), SAID_FOR);
    });
  }
}
