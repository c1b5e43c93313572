// One press is one act: the second click of a double one and what a key repeats that is held down are none. The page
// has changed meanwhile, and another patient's button may be where the first one was.
const ACTS = "button[name=act], [data-ask-form] button";

let listening = false;

/** Lets each button that acts on the queue, and each answer to a question, be pressed once at a time. */
export function enhancePresses() {
  if (listening) return;
  listening = true;
  const ignore = (event, isAgain) => isAgain && event.target.closest(ACTS) && event.preventDefault();
  document.addEventListener("click", (event) => ignore(event, event.detail > 1), true);
  document.addEventListener("keydown", (event) => ignore(event, event.repeat && event.key === "Enter"), true);
}
