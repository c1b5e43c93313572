// The ticket on paper: prints by itself, and by a button where a browser does not.

/** Prints the page. */
export function enhancePaper() {
  const button = document.querySelector("[data-print]");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
  window.addEventListener("load", () => setTimeout(() => window.print(), 100)); // when it has been drawn
}
