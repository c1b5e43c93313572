// A patient's own page: follows the queue until the visit is over.
import { GuestPage } from "./modules/guest.js";
import { locale } from "./modules/locale.js";

const SPREAD = 1500; // not all telephones of a waiting room ask in the same moment
const RINGS = 4000;
const BUZZ = [400, 200, 400]; // ms; where a telephone can, and somebody has touched the page

/** Brings the page of a ticket to life. */
export function enhanceTicket() {
  const root = document.querySelector("[data-ticket]");
  if (!root || root.querySelector("[data-over]")) return;
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: root.dataset.zone });
  const updated = root.querySelector("[data-updated]");
  const ring = ringer(root);
  const page = new GuestPage(root, "ticket", (part) => {
    const now = new Date(page.now);
    updated.dateTime = now.toISOString();
    updated.textContent = clock.format(now);
    ring(part.dataset.called);
    if (part.dataset.over !== undefined) page.end();
  });
  page.offset = Date.parse(updated.dateTime) - Date.now();
  let later;
  page.live.on("ticket_called", page.follow);
  page.live.on("ticket_updated", () => {
    clearTimeout(later);
    later = setTimeout(page.follow, Math.random() * SPREAD);
  });
}

/** Tells the holder of each call that the page did not show when it was opened: it lights up, and the telephone buzzes. */
function ringer(root) {
  let known = root.querySelector("[data-ticket-part]").dataset.called;
  let timer;
  return (called) => {
    if (called && called !== known) {
      root.classList.add("is-ringing");
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZ); // else refused, and noted as a fault
      clearTimeout(timer);
      timer = setTimeout(() => root.classList.remove("is-ringing"), RINGS);
    }
    known = called;
  };
}
