// The calendar's page: which days are shown, the grid or on a phone the list, live across desks.
import { coalesced, fetchPart, persistent } from "../modules/parts.js";
import { isPressed, released } from "../modules/pointer.js";
import { connectLive } from "../modules/socket.js";
import { toast } from "../modules/toast.js";
import { Agenda } from "./agenda.js";
import { Booking, MoveForm } from "./booking.js";
import { Details } from "./details.js";
import { enhanceDialogs } from "./dialogs.js";
import { Keys } from "./keys.js";
import { Moves } from "./moves.js";
import { get, useToken } from "./requests.js";
import { Wall, atMinute, daysAfter, minuteOfDay, minutesBetween, weekday } from "./wall.js";
import { daysInWords, say } from "./words.js";

const EVENTS = ["appointment_created", "appointment_updated", "appointment_cancelled", "visit_status_changed", "waitlist_updated"];
const SMALL = matchMedia("(max-width: 767.98px)");
const GRID_FITS = CSS.supports("grid-template-rows", "subgrid");
const TYPING = "input, textarea, select, [contenteditable], dialog";

class CalendarPage {
  constructor(root) {
    this.root = root;
    const { dataset } = root;
    this.shown = { view: dataset.view, day: dataset.day, doctor: dataset.doctor };
    this.wall = new Wall(dataset.zone);
    useToken(dataset.csrf);
    this.refresh = coalesced(() => this.load());
    this.follow = persistent(this.refresh);
    this.parts();
    this.listen();
    SMALL.addEventListener("change", () => this.show({}));
    this.refresh().then(() => this.connect(), () => this.failed());
  }

  get asList() {
    return SMALL.matches || !GRID_FITS;
  }

  parts() {
    const { dataset } = this.root;
    const shared = { address: dataset.appointmentsUrl.replace(/\/$/, ""), wall: this.wall, agenda: () => this.agenda };
    const changed = () => this.follow();
    enhanceDialogs();
    this.moves = new Moves({ ...shared, place: (row) => this.placed(row), settled: () => this.follow() });
    if (document.getElementById("move-dialog")) {
      this.moveForm = new MoveForm({ ...shared, moved: changed });
      this.booking = new Booking({ ...shared, clinic: Number(dataset.clinic), booked: (made) => this.booked(made) });
    }
    const more = { showAddress: dataset.showUrl, icons: dataset.icons, changed, move: (row) => this.moveForm?.open(row) };
    this.details = new Details({ ...shared, ...more });
    const back = ({ row }) => row && !document.querySelector("dialog[open]") && this.grid?.focus(row.id);
    for (const one of [this.details, this.moveForm]) one?.dialog.addEventListener("close", () => back(one));
  }

  async gridReady() {
    if (this.grid) return this.grid;
    const { Grid } = await import("./grid.js");
    const root = this.root.querySelector("[data-grid]");
    root.dataset.label = document.title;
    const on = {
      open: (id) => this.details.open(this.agenda.appointments.get(id)),
      free: (doctor, start) => this.booking && this.agenda.mayArrange && this.booking.open({ doctor, start }),
      move: (id, to) => this.arrange(this.agenda.appointments.get(id), to),
      stretch: (id, end) => this.stretch(this.agenda.appointments.get(id), end),
    };
    this.grid = new Grid(root, { icons: this.root.dataset.icons, on });
    const state = () => ({ agenda: this.agenda, view: this.shown.view, days: this.daysDrawn });
    const announce = (words) => (this.root.querySelector("[data-said]").textContent = words);
    this.keys = new Keys(this.grid, { root, state, arrange: (row, to) => this.arrange(row, to), announce });
    return this.grid;
  }

  // -- what is shown -------------------------------------------------------------------------------------------------

  get days() {
    const { view, day } = this.shown;
    if (view === "day") return [day];
    const first = daysAfter(day, -((weekday(day) - Number(this.root.dataset.firstWeekday) + 7) % 7));
    return Array.from({ length: 7 }, (_, number) => daysAfter(first, number));
  }

  query(more) {
    const { view, day, doctor } = this.shown;
    const asked = { clinic: this.root.dataset.clinic, ...(doctor && { doctor }), ...(more ?? { view, day }) };
    return new URLSearchParams(asked);
  }

  async load() {
    const asked = JSON.stringify(this.shown);
    if (this.asList) await this.loadList(asked);
    else await this.loadGrid(asked);
    this.root.querySelector("[data-grid]").hidden = this.asList;
    this.root.querySelector("[data-list]").hidden = !this.asList;
    this.root.querySelector("[data-key]").hidden = this.asList;
  }

  async loadGrid(asked) {
    const days = this.days;
    const told = await get(`${this.root.dataset.eventsUrl}?${this.query({ from: days[0], to: days.at(-1) })}`);
    if (asked !== JSON.stringify(this.shown)) return this.load(); // turned over meanwhile
    if (isPressed()) return released().then(() => this.load()); // who is just pressing an appointment presses that one
    if (this.grid?.dragging || this.keys?.pending) return this.later();
    const grid = await this.gridReady();
    this.agenda = new Agenda(told, this.wall);
    const busy = this.agenda.busyDays();
    this.daysDrawn = days.length === 1 ? days : days.filter(busy);
    if (this.daysDrawn.length === 0) this.daysDrawn = days;
    this.root.querySelector("[data-grid]").hidden = false; // it measures itself
    grid.show(this.agenda, { ...this.shown, days: this.daysDrawn, firstWeekday: Number(this.root.dataset.firstWeekday) });
    this.live?.saw(this.root.dataset.clinic, told.version);
    return undefined;
  }

  async loadList(asked) {
    const fresh = await fetchPart(`${this.root.dataset.listUrl}?${this.query()}`);
    if (asked !== JSON.stringify(this.shown)) return this.load();
    this.root.querySelector("[data-list]").replaceChildren(fresh);
    this.version = Number(fresh.dataset.version);
    this.live?.saw(this.root.dataset.clinic, this.version);
    return undefined;
  }

  /** Somebody is dragging: what came in is drawn afterwards. */
  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.follow(), 300);
  }

  failed() {
    toast(say("failed"), "danger");
    this.follow().then?.(() => this.connect());
    this.connect();
  }

  // -- live ----------------------------------------------------------------------------------------------------------

  connect() {
    if (this.live) return;
    const { clinic, own } = this.root.dataset;
    this.live = connectLive({
      join: own ? ["join_doctor_room", { doctor_id: Number(own) }] : ["join_clinic_room", { clinic_id: Number(clinic) }],
      versions: { [clinic]: this.agenda?.version ?? this.version ?? 0 },
      onGap: () => this.follow(),
      onFirstJoin: () => this.follow(),
      poll: () => this.refresh(),
    });
    for (const event of EVENTS) this.live.on(event, () => this.follow());
  }

  // -- acts ----------------------------------------------------------------------------------------------------------

  placed(row) {
    this.agenda.appointments.set(row.id, row);
    this.grid.place(row);
  }

  arrange(row, to) {
    const whole = { start: row.start, minutes: row.minutes, doctor: row.doctor, second: row.second, ...to };
    return this.moves.move(row, whole);
  }

  stretch(row, end) {
    const [from, to] = [this.wall.instant(row.start, row.second), this.wall.instant(end)];
    const minutes = from === undefined || to === undefined ? minutesBetween(row.start, end) : (to - from) / 60_000;
    return this.arrange(row, { minutes });
  }

  async booked(made) {
    await this.follow();
    this.grid?.focus(made.id);
  }

  // -- turning over --------------------------------------------------------------------------------------------------

  show(changes) {
    Object.assign(this.shown, changes);
    const url = `${this.root.dataset.pageUrl}?${this.query()}`;
    history.replaceState(history.state, "", url);
    this.heading();
    this.follow();
  }

  heading() {
    const { view, day, doctor } = this.shown;
    const days = this.days;
    this.root.querySelector("[data-title]").textContent = this.asList ? daysInWords(day, day, { short: true }) : daysInWords(days[0], days.at(-1));
    this.root.querySelectorAll("[data-span]").forEach((link) => {
      link.classList.toggle("active", link.dataset.span === view);
      if (link.dataset.span === view) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const form = this.root.querySelector("[data-calendar-doctor]");
    if (form) Object.entries({ day, view, doctor }).forEach(([name, value]) => (form.elements[name].value = value));
  }

  listen() {
    this.heading();
    this.root.addEventListener("click", (event) => this.pressed(event));
    document.addEventListener("keydown", (event) => this.key(event));
    document.querySelector("[data-new-appointment]")?.addEventListener("click", (event) => {
      if (!this.booking || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.booking.open({ doctor: this.shown.doctor, start: this.nextStart() });
    });
    this.root.querySelector("[data-calendar-doctor] select")?.addEventListener("change", ({ target }) => this.show({ doctor: target.value }));
  }

  /** The next time on the grid of the day that is shown. */
  nextStart() {
    const now = this.wall.now();
    const { day } = this.shown;
    const { grid = 15, hours = [8] } = this.agenda ?? {};
    if (day !== now.slice(0, 10)) return atMinute(day, hours[0] * 60);
    return atMinute(day, Math.ceil((minuteOfDay(now) + 1) / grid) * grid);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-step], a[data-today], a[data-span], a[data-go], a[data-doctor]");
    if (!link) return;
    event.preventDefault();
    this.turn(link.dataset);
  }

  turn({ step, span, go, doctor, today }) {
    const size = this.shown.view === "week" && !this.asList ? 7 : 1;
    if (step) this.show({ day: daysAfter(this.shown.day, Number(step) * size) });
    else if (today !== undefined) this.show({ day: this.wall.now().slice(0, 10) });
    else if (span) this.show({ view: span });
    else if (go) this.show({ day: go });
    else if (doctor !== undefined) this.show({ doctor });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    const turns = { t: { today: "" }, d: { span: "day" }, w: { span: "week" } };
    if (!(event.key in turns)) return;
    event.preventDefault();
    this.turn(turns[event.key]);
  }
}

/** Brings the calendar's page to life. */
export function enhanceCalendar() {
  const root = document.querySelector("[data-calendar]");
  if (root) new CalendarPage(root);
}
