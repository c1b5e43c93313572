// What the dialogs of the calendar share: opening, problems beside their fields, asking for a reason.
import { say } from "./words.js";

export const dialog = (name) => document.getElementById(`${name}-dialog`);

export function enhanceDialogs() {
  document.querySelectorAll(".calendar-dialog [data-close-dialog]").forEach((button) =>
    button.addEventListener("click", () => button.closest("dialog").close()),
  );
}

/** Asks why; resolves to the reason, or to "" when the person goes back. */
export function askReason({ title, words = "", label, go, danger = false }) {
  const box = dialog("reason");
  const form = box.querySelector("form");
  const input = form.elements.reason;
  box.querySelector("[data-reason-title]").textContent = title;
  box.querySelector("[data-reason-text]").textContent = words;
  box.querySelector("[data-reason-label]").textContent = label;
  const button = box.querySelector("[data-reason-go]");
  button.textContent = go;
  button.className = danger ? "btn btn-danger" : "btn btn-primary";
  form.reset();
  clear(form);
  box.returnValue = "";
  form.onsubmit = (event) => {
    event.preventDefault();
    if (input.value.trim()) box.close(input.value.trim());
    else wrong(form, "reason", [say("required")]);
  };
  box.showModal();
  input.focus();
  return new Promise((resolve) => box.addEventListener("close", () => resolve(box.returnValue), { once: true }));
}

export function clear(form) {
  form.querySelectorAll(".invalid-feedback").forEach((note) => note.remove());
  form.querySelectorAll(".is-wrong").forEach((field) => field.classList.remove("is-wrong"));
  form.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
  const problem = form.querySelector("[data-problem]");
  if (problem) problem.hidden = true;
}

/** Puts the problems of a refusal beside their fields, those of none below; the first wrong field takes the focus. */
export function showProblems(form, problem) {
  const known = Object.entries(problem.errors ?? {}).filter(([name]) => form.elements[name]);
  known.forEach(([name, messages]) => wrong(form, name, messages));
  if (known.length) return visible(form.elements[known[0][0]])?.focus();
  const below = form.querySelector("[data-problem]");
  below.textContent = problem.detail ?? "";
  below.hidden = !problem.detail;
  return undefined;
}

function visible(control) {
  return control.closest(".form-field").querySelector("input:not([hidden]), select:not([hidden])");
}

function wrong(form, name, messages) {
  const control = visible(form.elements[name]);
  const field = control.closest(".form-field");
  const note = document.createElement("div");
  note.className = "invalid-feedback";
  note.id = `${control.id}-error`;
  note.setAttribute("role", "alert");
  note.textContent = messages.join(" ");
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", note.id);
  field.classList.add("is-wrong");
  field.append(note);
}

/** Sends a form once at a time; `send` resolves to the server's answer, and whether it was taken is answered. */
export async function sending(form, send) {
  const button = form.querySelector("[type=submit]");
  if (button.classList.contains("btn-loading")) return undefined;
  clear(form);
  button.classList.add("btn-loading");
  const answer = await send();
  button.classList.remove("btn-loading");
  if (!answer.ok && answer.status) showProblems(form, answer.body);
  return answer;
}
