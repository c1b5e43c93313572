// Booking from the calendar, and moving by writing where to.
import { toast } from "../modules/toast.js";
import { clear, dialog, sending, showProblems } from "./dialogs.js";
import { moveBody } from "./moves.js";
import { canOverbook, post } from "./requests.js";
import { dayAndClock, say } from "./words.js";

const REQUIRED = ["patient_id", "service_id", "doctor_id", "starts_at"];

/** Says what is missing; whether nothing is. */
function complete(form, names) {
  const missing = names.filter((name) => !form.elements[name].value);
  if (missing.length) showProblems(form, { errors: Object.fromEntries(missing.map((name) => [name, [say("required")]])) });
  return missing.length === 0;
}

/** Lets the person give a reason where a time may be overbooked. */
function offerOverbooking(form, answer) {
  if (answer && !answer.ok && canOverbook(answer)) form.querySelector("[data-overbooking]").hidden = false;
}

const reasonIn = (form) => form.elements.overbook_reason.value.trim();

export class Booking {
  constructor({ address, clinic, wall, booked }) {
    Object.assign(this, { address, clinic, wall, booked });
    this.dialog = dialog("book");
    this.form = this.dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.services = [...this.form.elements.service_id.options];
    this.form.elements.doctor_id.addEventListener("change", () => this.offer());
  }

  /** Opens with a doctor and a wall time filled in, where they are known. */
  open({ doctor, start } = {}) {
    this.form.reset();
    clear(this.form);
    this.form.querySelector("[data-overbooking]").hidden = true;
    if (doctor) this.form.elements.doctor_id.value = String(doctor);
    this.offer();
    this.form.elements.service_id.selectedIndex = 0;
    this.form.elements.starts_at.value = start ?? "";
    this.dialog.showModal();
    this.form.querySelector(".typeahead input")?.focus();
  }

  /** Shows what the doctor offers; a service that is chosen and not among it has to be chosen anew. */
  offer() {
    const { doctor_id: doctor, service_id: service } = this.form.elements;
    const chosen = service.value;
    service.replaceChildren(...this.services.filter(({ dataset }) => dataset.doctors.split(" ").includes(doctor.value)));
    service.value = chosen;
  }

  async submit(event) {
    event.preventDefault();
    clear(this.form);
    if (!complete(this.form, REQUIRED)) return;
    const start = this.wall.instant(this.form.elements.starts_at.value);
    if (start === undefined) return showProblems(this.form, { errors: { starts_at: [say("skipped")] } });
    const answer = await sending(this.form, () => post(this.address, this.body(start)));
    offerOverbooking(this.form, answer);
    if (!answer?.ok) return;
    this.dialog.close();
    toast(say(answer.body.warnings ? "overlaps" : "booked"), answer.body.warnings ? "warning" : "success");
    this.booked(answer.body.result);
  }

  body(start) {
    const { elements } = this.form;
    const numbers = ["patient_id", "service_id", "doctor_id"].map((name) => [name, Number(elements[name].value)]);
    const body = { clinic_id: this.clinic, ...Object.fromEntries(numbers), starts_at: this.wall.iso(start), status: elements.status.value };
    return reasonIn(this.form) ? { ...body, overbook_reason: reasonIn(this.form) } : body;
  }
}

export class MoveForm {
  constructor({ address, wall, moved }) {
    Object.assign(this, { address, wall, moved });
    this.dialog = dialog("move");
    this.form = this.dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  open(row) {
    this.row = row;
    this.form.reset();
    clear(this.form);
    this.form.querySelector("[data-overbooking]").hidden = true;
    this.form.querySelector("[data-whose]").textContent = `${row.patient} · ${row.service} · ${dayAndClock(row.start)}`;
    Object.entries({ doctor_id: row.doctor, starts_at: row.start, ends_at: row.minutes }).forEach(([name, value]) => {
      this.form.elements[name].value = String(value);
    });
    this.dialog.showModal();
    this.form.elements.starts_at.focus();
  }

  async submit(event) {
    event.preventDefault();
    clear(this.form);
    const { elements } = this.form;
    if (!complete(this.form, ["doctor_id", "starts_at", "ends_at"])) return;
    const to = { start: elements.starts_at.value, minutes: Number(elements.ends_at.value), doctor: Number(elements.doctor_id.value) };
    to.second = to.start === this.row.start && this.row.second;
    const body = moveBody(this.wall, to, reasonIn(this.form));
    if (!body) return showProblems(this.form, { errors: { starts_at: [say("skipped")] } });
    const answer = await sending(this.form, () => post(`${this.address}/${this.row.id}/reschedule`, body));
    offerOverbooking(this.form, answer);
    if (!answer?.ok) return;
    this.dialog.close();
    toast(say("moved", { time: dayAndClock(to.start) }), "success");
    this.moved(this.row.id);
  }
}
