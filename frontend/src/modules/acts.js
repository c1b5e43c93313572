// Acts of the form "act", sent without leaving the page; a refusal is a toast, and the page shows the present state.
import { enhanceQuestions } from "./ask.js";
import { ensureSignedIn } from "./session.js";
import { toast } from "./toast.js";
import { text } from "./strings.js";

/** Sends a form as a script does; resolves to whether it was carried out. */
export async function send(form, button) {
  button?.classList.add("btn-loading");
  button?.setAttribute("aria-disabled", "true");
  try {
    return await post(form.action, new FormData(form, button));
  } finally {
    button?.classList.remove("btn-loading");
    button?.removeAttribute("aria-disabled");
  }
}

/** Sends what a form says, or would say; resolves to whether it was carried out. What there is to tell is a toast. */
export async function post(address, body) {
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    await ensureSignedIn(answer);
    const said = await answer.json();
    if (!answer.ok) toast(said.detail, "warning");
    else if (said.message) toast(said.message, "success");
    return answer.ok;
  } catch {
    toast(text("not_sent"), "danger");
    return false;
  }
}

/** Sends one act of the page's form, as a button with this value would. */
export function sendAct(value) {
  const form = document.getElementById("act");
  const body = new FormData(form);
  body.set("act", value);
  return post(form.action, body);
}

/** Shows that something is under way with a visit; returns how to end it. */
export function pending(card) {
  card?.classList.add("is-pending");
  card?.setAttribute("aria-busy", "true");
  return () => {
    card?.classList.remove("is-pending");
    card?.removeAttribute("aria-busy");
  };
}

/**
 * Lets the page's form "act" and its questions be sent so, and calls `after` when one was, whatever the answer. What is
 * pressed again before it is answered, or on a card that does not show yet what has become of it, counts once; what is
 * drawn anew shows it, and others need not wait for it.
 */
export function enhanceActs(after) {
  const form = document.getElementById("act");
  const underWay = new Set(); // as the buttons say them: with the state that was seen
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const place = button?.closest("[data-visit]") ?? button;
    if (underWay.has(button?.value) || place?.hasAttribute("aria-busy")) return;
    underWay.add(button?.value);
    const done = pending(place);
    await send(form, button);
    underWay.delete(button?.value);
    await after(button);
    done();
  });
  enhanceQuestions(async (question, card) => {
    const done = pending(card);
    await post(question.action, question.body);
    await after(card);
    done();
  });
}
