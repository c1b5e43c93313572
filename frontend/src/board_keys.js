// The board by key: arrows go from visit to visit, with Shift they move one to another column, letters press its buttons.
import { fillMenu } from "./board_menus.js";

const ACTS = { a: ["call", "call-again"], d: ["in"], w: ["back"], u: ["urgent", "normal"], h: ["hand-over"], l: ["left"] };
const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1 };
const UPWARD = { ArrowUp: -1, ArrowDown: 1 };

/** Lets one card be reached by Tab, and by "q": the one that was last in use, else the first. */
export function rove(root) {
  const all = [...root.querySelectorAll("[data-phase] > [data-visit]")];
  const active = document.activeElement?.closest("[data-phase] > [data-visit]");
  const current = active ?? all[0];
  for (const card of all) {
    card.tabIndex = card === current ? 0 : -1;
    if (card === current) card.dataset.hotkey = "q";
    else delete card.dataset.hotkey;
  }
}

export function enhanceKeys(root, moves) {
  root.addEventListener("focusin", (event) => event.target.closest("[data-phase] > [data-visit]") && rove(root));
  root.addEventListener("keydown", (event) => {
    const card = event.target;
    if (!card.matches("[data-phase] > [data-visit]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressed(card, event, moves)) event.preventDefault();
  });
}

/** Does what the key says; whether it says anything. */
function pressed(card, event, moves) {
  const busy = card.hasAttribute("aria-busy");
  const side = SIDEWAYS[event.key] * (document.dir === "rtl" ? -1 : 1);
  if (side && event.shiftKey) {
    if (!busy && !event.repeat) moves.move(card, moves.beside(card, side));
    return true;
  }
  if (event.shiftKey) return false;
  if (side) return focus(inColumn(card, moves.beside(card, side)));
  if (UPWARD[event.key]) return focus(UPWARD[event.key] < 0 ? card.previousElementSibling : card.nextElementSibling);
  if (busy || event.repeat) return false; // one press is one act
  if (event.key === "Enter") return press(card.querySelector("div > .btn") ?? card.querySelector("a"));
  const names = ACTS[event.key.toLowerCase()] ?? [];
  return press(names.map((name) => button(card, name)).find(Boolean));
}

/** The card at the same height of another column, or its last. */
function inColumn(card, phase) {
  const cards = card.closest("[data-front-desk]").querySelectorAll(`[data-phase="${phase}"] > [data-visit]`);
  const at = [...card.parentElement.children].indexOf(card);
  return cards[Math.min(at, cards.length - 1)];
}

function focus(card) {
  if (card?.matches("[data-visit]")) card.focus();
  return true;
}

function press(target) {
  target?.click();
  return Boolean(target);
}

function button(card, act) {
  fillMenu(card);
  return card.querySelector(`[data-ask="${act}"], button[name="act"][value^="${act} "]`);
}
