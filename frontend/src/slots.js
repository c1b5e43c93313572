// The free times beside the booking form: asks the API when clinic, service, doctor or day change, and puts a chosen
// time into the form. Without this script the panel's buttons ask the server for the same.
const WAIT = 150;

class SlotPanel {
  constructor(form) {
    this.form = form;
    this.panel = form.querySelector("[data-slots]");
    this.words = JSON.parse(form.querySelector("[data-slots-words]").textContent);
    form.querySelector("[data-slots-show]").hidden = true;
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("click", (event) => this.pressed(event));
    this.later();
  }

  value(name) {
    return this.form.elements[name]?.value ?? "";
  }

  changed(event) {
    if (["clinic", "service", "doctor", "starts_at"].includes(event.target.name)) this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    const day = this.value("starts_at").slice(0, 10) || this.words.today;
    const asked = { clinic_id: this.value("clinic"), service_id: this.value("service"), from: day, to: day };
    if (!asked.clinic_id || !asked.service_id) return this.say(this.words.choose);
    if (this.value("doctor")) asked.doctor_id = this.value("doctor");
    this.pending?.abort();
    const mine = (this.pending = new AbortController());
    this.panel.setAttribute("aria-busy", "true");
    try {
      const url = `${this.form.dataset.slotsUrl}?${new URLSearchParams(asked)}`;
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (mine !== this.pending) return;
      if (!answer.ok) this.say(said.detail);
      else if (said.result.length) this.offer(said.result);
      else this.say(this.words[said.reason]);
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.words.failed);
    } finally {
      if (mine === this.pending) this.panel.removeAttribute("aria-busy");
    }
  }

  offer(slots) {
    const list = document.createElement("ul");
    list.className = "slot-list";
    list.append(
      ...slots.map((slot) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-sm";
        button.value = `${slot.start.slice(0, 16)}/${slot.doctor_id}`;
        button.textContent = slot.start.slice(11, 16);
        button.title = this.doctor(slot.doctor_id);
        button.setAttribute("aria-pressed", String(button.value === `${this.value("starts_at")}/${this.value("doctor")}`));
        item.append(button);
        return item;
      }),
    );
    this.panel.replaceChildren(list);
  }

  say(words) {
    const note = document.createElement("p");
    note.className = "text-secondary";
    note.textContent = words ?? "";
    this.panel.replaceChildren(note);
  }

  doctor(id) {
    const option = this.form.elements.doctor?.querySelector(`option[value="${id}"]`);
    return option ? option.textContent.trim() : "";
  }

  pressed(event) {
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
