// Who is sent in to the doctor, on the cards of the doctor's day.
import { text } from "./strings.js";
import { toast } from "./toast.js";

export const nameOn = (card) => card.querySelector("[data-patient]").textContent;

/** Where the consultation of a card's patient is. */
export const addressOn = (card) => card.querySelector("a").href;

/** Says that this patient is with the doctor now, and offers to go there. */
export function tellOf(card) {
  const go = { label: text("open"), act: () => location.assign(addressOn(card)) };
  toast(text("with_you").replace("%s", () => nameOn(card)), "success", go);
}
