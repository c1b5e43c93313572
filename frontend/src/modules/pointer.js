// Whether a pointer is down: what is drawn anew meanwhile would take the button away from under a click.
const CLICK_AFTER = 50; // ms within which a finger that was lifted has clicked
const LONGEST = 5000; // no press is waited for any longer: the end of one may be lost, as to a menu of the browser

let pressed = false;
let timer;
let over = Promise.resolve();
let release;

document.addEventListener("pointerdown", begin, true);
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => endIn(CLICK_AFTER), true);

function begin() {
  endIn(LONGEST);
  if (pressed) return;
  pressed = true;
  over = new Promise((resolve) => (release = resolve));
}

function endIn(wait) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    pressed = false;
    release?.();
  }, wait);
}

/** Whether somebody is just pressing something. */
export const isPressed = () => pressed;

/** Resolves once nothing is pressed, and what was pressed has been clicked. */
export const released = () => over;
