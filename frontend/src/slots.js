// The free times beside the booking form: asks the API when clinic, service, doctor or day change, turns the day over,
// and puts a chosen time into the form. Without this script the panel's buttons ask the server for the same.
import { locale } from "./modules/locale.js";
import { released } from "./modules/pointer.js";

const WAIT = 150;
// The clinic's wall time stands in the answer: it is written as it is, in the page's language.
const CLOCK = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});

const daysAfter = (day, days) => new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

class SlotPanel {
  constructor(form) {
    this.form = form;
    this.panel = form.querySelector("[data-slots]");
    this.words = JSON.parse(form.querySelector("[data-slots-words]").textContent);
    this.day = this.dayWanted();
    form.querySelector("[data-slots-show]").hidden = true;
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("click", (event) => this.pressed(event));
    this.later();
  }

  value(name) {
    return this.form.elements[name]?.value ?? "";
  }

  dayWanted() {
    return this.value("starts_at").slice(0, 10) || this.words.today;
  }

  turn(days) {
    this.day = daysAfter(this.day, days);
    this.later();
  }

  changed(event) {
    if (event.target.name === "starts_at") this.day = this.dayWanted();
    if (["clinic", "service", "doctor", "starts_at"].includes(event.target.name)) this.later();
  }

  later() {
    this.wait(true);
    this.pending?.abort();
    this.pending = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  /** While the times are asked for, those that stand there fit no longer what is chosen: none of them is taken. */
  wait(yes) {
    this.panel.inert = yes;
    this.panel.setAttribute("aria-busy", String(yes));
  }

  async ask() {
    const asked = { clinic_id: this.value("clinic"), service_id: this.value("service"), from: this.day, to: this.day };
    const ready = Boolean(asked.clinic_id && asked.service_id);
    this.showDay(ready);
    if (!ready) {
      this.wait(false);
      return this.say(this.words.choose);
    }
    if (this.value("doctor")) asked.doctor_id = this.value("doctor");
    const mine = (this.pending = new AbortController());
    try {
      const url = `${this.form.dataset.slotsUrl}?${new URLSearchParams(asked)}`;
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "application/json" } });
      const said = await answer.json();
      await released();
      if (mine !== this.pending) return;
      if (!answer.ok) this.say(said.detail);
      else if (said.result.length) this.offer(said.result);
      else this.say(this.words[said.reason]);
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.words.failed);
    } finally {
      if (mine === this.pending) this.wait(false);
    }
  }

  showDay(ready) {
    const days = this.form.querySelector("[data-slots-days]");
    days.hidden = !ready;
    days.querySelector("[data-slots-day]").textContent = DAY.format(new Date(`${this.day}T00:00Z`));
    days.querySelector('[data-slots-step="-1"]').disabled = this.day <= this.words.today;
  }

  offer(slots) {
    const doctors = new Set(slots.map((slot) => slot.doctor_id));
    const parts = [...doctors].flatMap((doctor) => [
      this.heading(doctor),
      this.list(slots.filter((slot) => slot.doctor_id === doctor)),
    ]);
    this.panel.replaceChildren(...parts);
  }

  heading(doctor) {
    const heading = document.createElement("h3");
    heading.className = "slot-doctor";
    heading.textContent = this.form.elements.doctor?.querySelector(`option[value="${doctor}"]`)?.textContent.trim() ?? "";
    return heading;
  }

  list(slots) {
    const list = document.createElement("ul");
    list.className = "slot-list";
    const chosen = `${this.value("starts_at")}/${this.value("doctor")}`;
    for (const slot of slots) {
      const button = document.createElement("button");
      const wall = slot.start.slice(0, 16);
      button.type = "button";
      button.className = "btn btn-sm";
      button.value = `${wall}/${slot.doctor_id}`;
      button.textContent = CLOCK.format(new Date(`${wall}:00Z`));
      button.setAttribute("aria-pressed", String(button.value === chosen));
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    return list;
  }

  say(words) {
    const note = document.createElement("p");
    note.className = "text-secondary";
    note.textContent = words ?? "";
    this.panel.replaceChildren(note);
  }

  pressed(event) {
    const step = event.target.closest("[data-slots-step]");
    if (step) return this.turn(Number(step.dataset.slotsStep));
    const button = event.target.closest("[data-slots] button");
    if (!button) return;
    event.preventDefault();
    const [start, doctor] = button.value.split("/");
    this.form.elements.starts_at.value = start;
    if (this.form.elements.doctor) this.form.elements.doctor.value = doctor;
    this.panel.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  }
}

/** Brings the booking form's panel of free times to life. */
export function enhanceSlots() {
  document.querySelectorAll("form[data-booking]").forEach((form) => new SlotPanel(form));
}
