// The grid of doctors and times: EventCalendar, told what to draw and asked what was dragged.
//
// All its times are wall times without a zone, and what it answers is read without its Date objects: those are of the
// browser's zone, in which a clinic's time may not exist.
import { create } from "@event-calendar/build";
import { locale } from "../modules/locale.js";
import { later, minuteOfDay } from "./wall.js";
import { clock, icon, made, say, stateOf } from "./words.js";

const SLOT = "00:30";
const SLOT_HEIGHT = 40; // pixels, of a slot
const NARROWEST = "minmax(7.25rem, 1fr)"; // column
const BEFORE_NOW = 60; // minutes
const MOST_WIDE_COLUMNS = 7;
const HOLD = 400; // milliseconds until a touch drags
const OF_A_TABLE = "[role=row], [role=rowgroup], [role=cell], [role=columnheader], [aria-colindex]";
const TABLE_ATTRIBUTES = ["role", "aria-colindex", "aria-colspan"];

export class Grid {
  /** `on` answers to what people do: open(id), free(doctor, wall), move(id, {start, doctor}), stretch(id, minutes). */
  constructor(root, { icons, on }) {
    Object.assign(this, { root, icons, on, drawn: new Map(), contents: new Map(), dragging: false });
    root.addEventListener("pointermove", (event) => this.explain(event));
  }

  /** Draws an agenda: anew where other days or doctors are shown, else only what has changed. */
  show(agenda, { view, day, days, firstWeekday, clean = false }) {
    this.agenda = agenda;
    const entries = new Map([...this.entries(agenda)].map((entry) => [entry.id, entry]));
    const frame = JSON.stringify([view, day, days, agenda.doctors, agenda.hours, agenda.grid, agenda.offset, agenda.mayArrange]);
    if (clean || frame !== this.frame) this.contents.clear();
    if (clean || frame !== this.frame) this.draw(agenda, entries, { view, day, days, firstWeekday });
    else this.change(entries);
    this.frame = frame;
    this.drawn = new Map([...entries].map(([id, entry]) => [id, signature(entry)]));
  }

  draw(agenda, entries, { view, day, days, firstWeekday }) {
    const columns = agenda.doctors.length * (view === "day" ? 1 : days.length);
    this.root.classList.toggle("has-narrow-columns", columns > MOST_WIDE_COLUMNS);
    const options = {
      view: view === "day" ? "resourceTimeGridDay" : "resourceTimeGridWeek",
      date: day,
      firstDay: (firstWeekday + 1) % 7,
      hiddenDays: view === "day" ? [] : hidden(days),
      resources: agenda.doctors.map(({ id, name }) => ({ id: String(id), title: name })),
      datesAboveResources: view === "week",
      slotMinTime: `${agenda.hours[0]}:00`,
      slotMaxTime: `${agenda.hours[1]}:00`,
      scrollTime: this.firstSeen(agenda, view === "day" ? [day] : days),
      snapDuration: `00:${String(agenda.grid).padStart(2, "0")}`,
      timeZone: agenda.offset,
      editable: agenda.mayArrange,
      events: [...entries.values()],
    };
    if (agenda.grid >= 60) options.snapDuration = `${Math.floor(agenda.grid / 60)}:${String(agenda.grid % 60).padStart(2, "0")}`;
    if (!this.calendar) this.calendar = this.begin(options);
    else for (const [name, value] of Object.entries(options)) this.calendar.setOption(name, value);
  }

  /** The time at the top: a little before now where today is among the days, else where the first hour begins. */
  firstSeen(agenda, days) {
    const now = agenda.wall.now();
    const minute = days.includes(now.slice(0, 10)) ? minuteOfDay(now) - BEFORE_NOW : 0;
    return `${Math.max(agenda.hours[0], Math.floor(minute / 60))}:00`;
  }

  begin(options) {
    const calendar = create(this.root, {
      ...options,
      locale: locale.toString(),
      headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false,
      slotDuration: SLOT,
      slotLabelFormat: { timeStyle: "short" },
      slotHeight: SLOT_HEIGHT,
      columnWidth: NARROWEST,
      slotEventOverlap: false,
      nowIndicator: true,
      longPressDelay: HOLD,
      dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
      eventContent: ({ event }) => this.contentOf(event),
      eventDidMount: ({ event, el }) => this.mounted(event, el),
      resourceLabelDidMount: ({ el }) => (el.dir = "auto"),
      eventClick: ({ event, jsEvent }) => this.open(event, jsEvent),
      dateClick: ({ dateStr, resource }) => this.on.free(Number(resource.id), dateStr.slice(0, 16)),
      eventDragStart: () => (this.dragging = true),
      eventResizeStart: () => (this.dragging = true),
      eventDragStop: () => (this.dragging = false),
      eventResizeStop: () => (this.dragging = false),
      eventDrop: (info) => this.dropped(info),
      eventResize: (info) => this.stretched(info),
    });
    const calendarElement = this.root.querySelector(".ec");
    calendarElement.setAttribute("role", "group");
    calendarElement.setAttribute("aria-label", this.root.dataset.label);
    calendarElement.setAttribute("aria-describedby", "calendar-keys");
    new MutationObserver(() => this.redrawn()).observe(this.root, { childList: true, subtree: true });
    this.redrawn();
    return calendar;
  }

  /** It calls itself a table, which it is none: its appointments stand beside its rows. What they are they say themselves. */
  redrawn() {
    this.root.querySelectorAll(OF_A_TABLE).forEach((element) => TABLE_ATTRIBUTES.forEach((name) => element.removeAttribute(name)));
    this.arranged();
  }

  change(entries) {
    for (const [id, entry] of entries) {
      if (!this.drawn.has(id)) this.calendar.addEvent(entry);
      else if (this.drawn.get(id) !== signature(entry)) this.calendar.updateEvent(entry);
    }
    for (const id of this.drawn.keys()) if (!entries.has(id)) this.calendar.removeEventById(id);
  }

  /** Shows one appointment where it is to be. */
  place(row) {
    const entry = this.entry(row);
    this.calendar.updateEvent(entry);
    this.drawn.set(entry.id, signature(entry));
  }

  /** In order of time, at the same time in that of the doctors. */
  *entries(agenda) {
    const place = new Map(agenda.doctors.map(({ id }, number) => [id, number]));
    const rows = [...agenda.appointments.values()];
    rows.sort((one, other) => (one.start === other.start ? place.get(one.doctor) - place.get(other.doctor) : one.start < other.start ? -1 : 1));
    for (const row of rows) yield this.entry(row);
    for (const shade of agenda.shades) {
      const { doctor, start, end, why, words } = shade;
      const id = `shade ${doctor} ${start} ${end} ${why}`;
      const classNames = ["shade", `shade-${why}`];
      yield { id, start, end, resourceIds: [String(doctor)], display: "background", classNames, extendedProps: { why, words } };
    }
  }

  entry(row) {
    const end = this.agenda.endOf(row);
    return {
      id: String(row.id),
      start: row.start,
      end,
      resourceIds: [String(row.doctor)],
      startEditable: row.movable,
      durationEditable: row.stretchable,
      classNames: [stateOf(row.status).look, `is-${row.status}`, ...(row.overbooked ? ["is-overbooked"] : [])],
      extendedProps: { row, once: end.slice(0, 10) === row.start.slice(0, 10) },
    };
  }

  /** What stands in an event. The grid asks for all of it again when one changes: what has not changed is kept. */
  contentOf({ id, display, extendedProps, start }) {
    if (display === "preview") return { domNodes: this.content({ row: { ...extendedProps.row, start: wallOf(start) } }) };
    if (display !== "auto" || !extendedProps.once) return { domNodes: this.content(extendedProps) };
    const kept = this.contents.get(id);
    if (kept?.row === extendedProps.row) return kept.content;
    const content = { domNodes: this.content(extendedProps) };
    this.contents.set(id, { row: extendedProps.row, content });
    return content;
  }

  content({ row, why, words }) {
    if (!row) return [made("span", why === "outside" ? "visually-hidden" : "shade-words", words ?? "")];
    const state = stateOf(row.status);
    const spoken = made("span", "visually-hidden", this.nameOf(row));
    const who = made("strong", "", row.patient);
    const what = made("span", "", row.service);
    who.dir = what.dir = "auto"; // a name that is too long loses its own end, in whichever script
    const first = made("span", "entry-line", icon(state.icon, this.icons), made("span", "figure entry-time", clock(row.start)), who);
    if (row.overbooked) first.prepend(icon("ti-stack-2", this.icons));
    const shown = made("span", "entry", first, made("span", "entry-line entry-service", what));
    shown.setAttribute("aria-hidden", "true");
    return [spoken, shown];
  }

  /** "09:00 to 09:30, Ada Abel, Consultation, Dr. Hart, Confirmed". */
  nameOf(row) {
    const state = [stateOf(row.status).word, ...(row.overbooked ? [say("overbooked")] : [])].join(", ");
    const times = { start: clock(row.start), end: clock(this.agenda.endOf(row)) };
    return say("name", { ...times, patient: row.patient, service: row.service, doctor: this.agenda.doctorName(row.doctor), state });
  }

  mounted(event, element) {
    const { row } = event.extendedProps;
    if (!row) return;
    element.dataset.appointment = row.id;
  }

  /** One of the appointments is reached by Tab, the others from there by arrow keys; what is drawn anew keeps the focus. */
  arranged() {
    const all = this.elements();
    const wanted = all.find((element) => element.dataset.appointment === this.wanted);
    const stop = wanted ?? all[0];
    for (const element of all) {
      const { start, patient, service } = this.agenda.appointments.get(Number(element.dataset.appointment)) ?? {};
      element.tabIndex = element === stop ? 0 : -1;
      if (start) element.title = `${clock(start)} ${patient} · ${service}`;
    }
    const lost = document.activeElement === document.body || !document.activeElement;
    if (wanted && lost && this.hasFocus) wanted.focus({ preventScroll: true });
  }

  elements() {
    return [...this.root.querySelectorAll(".ec-event[data-appointment]:not(.ec-ghost, .ec-preview)")];
  }

  focus(id) {
    this.wanted = String(id);
    this.hasFocus = true;
    this.arranged();
    this.elements().find((element) => element.dataset.appointment === this.wanted)?.focus();
  }

  open(event, jsEvent) {
    jsEvent.preventDefault();
    this.on.open(event.extendedProps.row.id);
  }

  dropped({ event, delta, newResource }) {
    const { row } = event.extendedProps;
    const start = later(row.start, delta.days * 24 * 60 + delta.seconds / 60);
    this.on.move(row.id, { start, doctor: newResource ? Number(newResource.id) : row.doctor });
  }

  stretched({ event, endDelta }) {
    const { row } = event.extendedProps;
    const end = later(this.agenda.endOf(row), endDelta.days * 24 * 60 + endDelta.seconds / 60);
    this.on.stretch(row.id, end);
  }

  /** What a pointer rests on says why it cannot be booked. */
  explain({ clientX, clientY, target }) {
    if (this.dragging || !this.calendar || !target.closest(".ec-day")) return;
    const found = this.calendar.dateFromPoint(clientX, clientY);
    if (!found?.resource) return;
    found.dayEl.title = this.agenda.reasonAt(Number(found.resource.id), wallOf(found.date));
  }
}

const signature = (entry) => JSON.stringify(entry);

/** What a Date of the grid stands for. Only for showing: where the browser's own clocks change it may be an hour off. */
function wallOf(date) {
  const [month, day, hour, minute] = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${date.getFullYear()}-${month}-${day}T${hour}:${minute}`;
}

/** The weekdays, 0 is Sunday, of a week's days that are not shown. */
function hidden(days) {
  const shown = new Set(days.map((day) => new Date(`${day}T00:00Z`).getUTCDay()));
  return shown.size ? [0, 1, 2, 3, 4, 5, 6].filter((number) => !shown.has(number)) : [];
}
