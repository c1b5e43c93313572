// Short messages that go away by themselves, in a polite live region.
import { text } from "./strings.js";

const SHOWN_FOR = 6000;

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

function show(box) {
  document.getElementById("toasts").append(box);
  let timer = setTimeout(() => box.remove(), SHOWN_FOR);
  const stay = () => clearTimeout(timer);
  const leave = () => (timer = setTimeout(() => box.remove(), SHOWN_FOR));
  box.addEventListener("mouseenter", stay);
  box.addEventListener("focusin", stay);
  box.addEventListener("mouseleave", leave);
  box.addEventListener("focusout", leave);
}

export function enhanceFlashes() {
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss-alert]")?.closest(".alert").remove());
  document.querySelectorAll(".flash-passing").forEach(show);
}
