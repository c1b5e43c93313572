// The menu of a card: what is seldom done with somebody who waits. One pattern serves all cards.
import { callOf, stateOf } from "./modules/parts.js";

const PLACE = /\/0\?seen=.*$/;

/** Fills the menus as they are opened; a click elsewhere or Escape closes them. */
export function enhanceMenus(root) {
  foldMenus(root);
  root.addEventListener("toggle", (event) => event.target.open && fillMenu(event.target.closest("[data-visit]")), true);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(event));
}

/** Makes a menu of each card's link to the page of the same acts, which serves where there are no scripts. */
export function foldMenus(part) {
  const { label } = part.querySelector("[data-visit-menu]").dataset;
  for (const link of part.querySelectorAll("a.more")) {
    const [fold, summary, menu] = ["details", "summary", "div"].map((name) => document.createElement(name));
    summary.setAttribute("aria-label", label.replace("%s", () => link.closest("[data-visit]").querySelector("a").textContent));
    fold.className = "visit-more";
    menu.className = "visit-menu";
    fold.append(summary, menu);
    link.replaceWith(fold);
  }
}

/** The links of the card's menu, for this visit in the state that is shown. */
export function fillMenu(card) {
  const menu = card?.querySelector(".visit-menu");
  const pattern = document.querySelector("[data-visit-menu]");
  if (!menu || !pattern || menu.querySelector("[data-ask]")) return;
  menu.replaceChildren(pattern.content.cloneNode(true));
  const again = menu.querySelector("button");
  if (stateOf(card) === "called") again.value = `call-again ${card.dataset.visit} called ${callOf(card)}`;
  else again.remove();
  menu.querySelector(`[data-ask="${card.classList.contains("is-urgent") ? "urgent" : "normal"}"]`).remove();
  for (const link of menu.querySelectorAll("[data-ask]")) {
    link.setAttribute("href", link.getAttribute("href").replace(PLACE, `/${card.dataset.visit}?seen=${stateOf(card)}`));
  }
  const ticket = menu.querySelector("[data-ticket]");
  ticket.setAttribute("href", ticket.getAttribute("href").replace(/\/0$/, `/${card.dataset.visit}`));
}

function closeMenus(event) {
  if (event.target.closest?.("dialog")) return; // asks about what is open
  document.querySelectorAll("details.visit-more[open]").forEach((menu) => {
    const pressed = menu.contains(event.target) && event.target.closest(".visit-menu button");
    if (event.type === "click" && menu.contains(event.target) && !pressed) return;
    menu.open = false;
    if (event.type === "keydown") menu.querySelector("summary").focus();
    else if (pressed) menu.closest("[data-visit]").focus({ preventScroll: true });
  });
}
