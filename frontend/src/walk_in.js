// The walk-in dialog of the board: posts to the API, shows each problem beside its field.
import { ensureSignedIn } from "./modules/session.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

/**
 * Opens the dialog instead of the form's own page, each time for somebody else and for the doctor whose part of the
 * board is shown; `after` is called with each new visit.
 */
export function enhanceWalkIn(after) {
  const dialog = document.getElementById("walk-in");
  const form = dialog.querySelector("[data-walk-in]");
  document.querySelectorAll('[data-open-dialog="walk-in"]').forEach((link) =>
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      begin(form);
      dialog.showModal();
      form.querySelector(".typeahead input")?.focus();
    }),
  );
  dialog.querySelector("[data-close-dialog]").addEventListener("click", () => dialog.close());
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    event.submitter?.classList.add("btn-loading");
    const visit = await post(form);
    event.submitter?.classList.remove("btn-loading");
    sending = false;
    if (!visit) return;
    dialog.close();
    toast(text("number_given").replace("%s", () => visit.patient_name).replace("%d", visit.queue_number), "success");
    after(visit);
  });
}

function begin(form) {
  clear(form);
  form.reset();
  const { value: doctor } = document.querySelector("[data-board-doctor]");
  if (doctor && form.elements.doctor_id.querySelector(`option[value="${doctor}"]`)) form.elements.doctor_id.value = doctor;
}

async function post(form) {
  clear(form);
  const token = document.querySelector('#act [name="csrf_token"]').value;
  const values = Object.fromEntries(new FormData(form));
  const numbers = ["patient_id", "doctor_id", "service_id"].map((name) => [name, values[name] ? Number(values[name]) : null]);
  const body = { clinic_id: Number(form.closest("dialog").dataset.clinic), ...Object.fromEntries(numbers) };
  if (values.priority) Object.assign(body, { priority: values.priority, priority_reason: values.priority_reason || null });
  try {
    const answer = await fetch(form.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    await ensureSignedIn(answer);
    const said = await answer.json();
    if (answer.ok) return said.result;
    show(form, said);
  } catch {
    toast(text("not_sent"), "danger");
  }
  return undefined;
}

function clear(form) {
  form.querySelectorAll(".invalid-feedback").forEach((note) => note.remove());
  form.querySelectorAll(".is-wrong").forEach((field) => field.classList.remove("is-wrong"));
}

function show(form, problem) {
  const errors = Object.entries(problem.errors ?? {}).filter(([name]) => form.elements[name]);
  if (errors.length === 0) toast(problem.detail, "warning");
  for (const [name, messages] of errors) {
    const field = form.elements[name].closest(".form-field");
    const note = document.createElement("div");
    note.className = "invalid-feedback";
    note.setAttribute("role", "alert");
    note.textContent = messages.join(" ");
    field.classList.add("is-wrong");
    field.append(note);
  }
  errors[0] && form.elements[errors[0][0]].closest(".form-field").querySelector("input:not([hidden]), select:not([hidden])")?.focus();
}
