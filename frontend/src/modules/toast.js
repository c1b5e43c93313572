// Short messages that go away by themselves, in a polite live region.
import { text } from "./strings.js";

const SHOWN_FOR = 6000;
const LOOK_AGAIN = 1000;

/** Says `message`; `kind` is "success", "info", "warning" or "danger"; `offer` is a button: {label, act}. */
export function toast(message, kind = "info", offer) {
  const box = document.createElement("div");
  box.className = `alert alert-${kind}`;
  const words = document.createElement("div");
  words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.dismissAlert = "";
  close.setAttribute("aria-label", text("close"));
  box.append(words, ...(offer ? [offered(offer, box)] : []), close);
  show(box);
}

function offered({ label, act }, box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = label;
  button.addEventListener("click", () => {
    box.remove();
    act();
  });
  return button;
}

/** None goes away, and so none moves, while the pointer or the focus is on one of them. */
function show(box) {
  const all = document.getElementById("toasts");
  all.append(box);
  const leave = () => (all.matches(":hover, :focus-within") ? setTimeout(leave, LOOK_AGAIN) : box.remove());
  setTimeout(leave, SHOWN_FOR);
}

export function enhanceFlashes() {
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss-alert]")?.closest(".alert").remove());
  document.querySelectorAll(".flash-passing").forEach(show);
}
