// The board by hand: a card is drawn to another column with the mouse, or after resting on it with a finger or pen.
const FAR = 6; // px with the mouse until it is no click
const REST = 300; // ms on a card until it is no scrolling
const CONTROLS = "a:not([data-visit] > a), button, summary, input, select";

/** Lets cards of those who are not done be drawn to another column; `moves` carries it out. */
export function enhanceDragging(root, moves) {
  let drag;
  root.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-phase] > [data-visit]:not(.is-over)");
    if (!card || drag || event.button !== 0 || !event.isPrimary || event.target.closest(CONTROLS)) return;
    if (card.hasAttribute("aria-busy")) return;
    drag = new Drag(card, event, moves, () => (drag = undefined));
  });
  // The picture of a link or a selection would be drawn along instead.
  root.addEventListener("dragstart", (event) => drag && event.preventDefault());
  // From the beginning: a browser that finds nobody listening scrolls, and asks no more.
  root.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
}

class Drag {
  constructor(card, event, moves, end) {
    Object.assign(this, { card, moves, end, pointer: event.pointerId, from: [event.clientX, event.clientY] });
    this.byMouse = event.pointerType === "mouse";
    this.listening = new AbortController();
    const on = (name, act) => document.addEventListener(name, act, { signal: this.listening.signal });
    on("pointermove", (moved) => moved.pointerId === this.pointer && this.moved(moved));
    on("pointerup", (up) => up.pointerId === this.pointer && this.drop(up));
    on("pointercancel", (gone) => gone.pointerId === this.pointer && this.stop());
    on("keydown", (key) => key.key === "Escape" && this.stop());
    on("contextmenu", (menu) => this.byMouse || menu.preventDefault()); // a finger that rests: it may come before the timer
    if (!this.byMouse) this.resting = setTimeout(() => this.lift(event), REST);
  }

  moved(event) {
    const far = Math.hypot(event.clientX - this.from[0], event.clientY - this.from[1]) > FAR;
    if (!this.ghost && far) {
      if (!this.byMouse) return this.stop(); // scrolling
      this.lift(event);
    }
    if (this.ghost) this.follow(event);
  }

  lift(event) {
    const box = this.card.getBoundingClientRect();
    this.grip = [this.from[0] - box.left, this.from[1] - box.top];
    this.ghost = this.card.cloneNode(true);
    this.ghost.className += " is-dragged";
    this.ghost.removeAttribute("data-visit");
    this.ghost.removeAttribute("tabindex");
    this.ghost.inert = true;
    this.ghost.style.inlineSize = `${box.width}px`;
    document.body.append(this.ghost);
    document.body.classList.add("is-dragging");
    getSelection().removeAllRanges();
    this.card.classList.add("is-lifted");
    this.release = this.moves.hold();
    this.follow(event);
  }

  follow(event) {
    this.ghost.style.translate = `${event.clientX - this.grip[0]}px ${event.clientY - this.grip[1]}px`;
    this.mark(this.columnAt(event));
  }

  columnAt(event) {
    const column = document.elementFromPoint(event.clientX, event.clientY)?.closest(".board-column");
    return column?.querySelector("[data-phase]");
  }

  mark(target) {
    if (target === this.target) return;
    this.target?.closest(".board-column").classList.remove("is-target");
    this.target = target;
    if (target && !target.contains(this.card)) target.closest(".board-column").classList.add("is-target");
  }

  drop(event) {
    const phase = this.ghost && this.columnAt(event)?.dataset.phase;
    this.stop();
    if (phase) this.moves.move(this.card, phase);
  }

  stop() {
    clearTimeout(this.resting);
    this.listening.abort();
    this.mark(undefined);
    if (this.ghost) {
      this.ghost.remove();
      document.body.classList.remove("is-dragging");
      this.card.classList.remove("is-lifted");
      this.release();
      swallowClick();
    }
    this.end();
  }
}

/** The click that ends a drag is none. */
function swallowClick() {
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
}
