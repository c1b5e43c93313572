// The grid by keyboard: arrow keys go from one appointment to the next; with Alt they move the one that has the focus,
// with Alt and Shift they change its length. A move is sent when the keys rest, so that it is one move.
import { daysAfter, later } from "./wall.js";
import { clock, dayAndClock, say } from "./words.js";

const REST = 900; // milliseconds after the last key

export class Keys {
  /** `state()` is {agenda, view, days}; `arrange(row, to)` moves for good. */
  constructor(grid, { root, state, arrange, announce }) {
    Object.assign(this, { grid, state, arrange, announce });
    root.addEventListener("keydown", (event) => this.pressed(event), true); // before the grid's own
    document.addEventListener("focusin", (event) => this.focused(event));
    this.rightToLeft = document.documentElement.dir === "rtl";
  }

  focused(event) {
    const element = event.target.closest("[data-appointment]");
    this.grid.hasFocus = Boolean(element);
    if (!element) return;
    this.grid.wanted = element.dataset.appointment;
    this.grid.arranged();
  }

  pressed(event) {
    const element = event.target.closest("[data-appointment]");
    const row = element && this.state().agenda.appointments.get(Number(element.dataset.appointment));
    if (!row || event.ctrlKey || event.metaKey) return;
    if (this.pending && event.key === "Escape") return this.stop(event, () => this.revert());
    if (this.pending && event.key === "Enter") return this.stop(event, () => this.commit());
    const [down, aside] = this.direction(event.key);
    if (!down && !aside && !["Home", "End"].includes(event.key)) return undefined;
    if (event.altKey) return this.stop(event, () => this.nudge(row, down, aside, event.shiftKey));
    if (event.shiftKey) return undefined;
    return this.stop(event, () => this.go(row, event.key, down, aside));
  }

  stop(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  direction(key) {
    const aside = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
    return [{ ArrowUp: -1, ArrowDown: 1 }[key] ?? 0, this.rightToLeft ? -aside : aside];
  }

  columns() {
    const { agenda, days } = this.state();
    return days.flatMap((day) => agenda.doctors.map((doctor) => ({ day, doctor: doctor.id })));
  }

  placeOf(row) {
    return this.columns().findIndex(({ day, doctor }) => day === row.start.slice(0, 10) && doctor === row.doctor);
  }

  go(row, key, down, aside) {
    const columns = this.columns().map(({ day, doctor }) => this.inColumn(day, doctor));
    const all = columns.flat();
    const ends = { Home: all[0], End: all.at(-1) };
    const next = ends[key] ?? (down ? all[all.findIndex((one) => one.id === row.id) + down] : this.beside(columns, row, aside));
    if (next) this.grid.focus(next.id);
  }

  inColumn(day, doctor) {
    const rows = [...this.state().agenda.appointments.values()];
    const here = rows.filter((row) => row.doctor === doctor && row.start.slice(0, 10) === day);
    return here.sort((one, other) => (one.start < other.start ? -1 : 1));
  }

  /** The appointment of the nearest column with any that begins nearest to this one. */
  beside(columns, row, aside) {
    let place = this.placeOf(row) + aside;
    while (columns[place]?.length === 0) place += aside;
    const distance = (one) => Math.abs(Date.parse(`1970-01-01${one.start.slice(10)}Z`) - Date.parse(`1970-01-01${row.start.slice(10)}Z`));
    return columns[place]?.toSorted?.((one, other) => distance(one) - distance(other))[0] ?? columns[place]?.[0];
  }

  nudge(row, down, aside, stretch) {
    if (!(stretch ? row.stretchable : row.movable)) return;
    const { agenda } = this.state();
    const to = this.pending?.id === row.id ? this.pending.to : { start: row.start, minutes: row.minutes, doctor: row.doctor, second: row.second };
    if (stretch) to.minutes = Math.max(agenda.grid, to.minutes + down * agenda.grid);
    else if (down) to.start = later(to.start, down * agenda.grid);
    else this.aside(to, aside);
    this.pending = { id: row.id, row, to };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), REST);
    this.grid.place({ ...row, ...to });
    this.announce(this.words(to));
  }

  aside(to, aside) {
    const { agenda, view, days } = this.state();
    const place = this.placeOf(to);
    const column = place < 0 ? undefined : this.columns()[place + aside];
    if (column) Object.assign(to, { doctor: column.doctor, start: column.day + to.start.slice(10) });
    else if (view === "week" && agenda.doctors.length === 1) to.start = daysAfter(days.at(aside > 0 ? -1 : 0), aside) + to.start.slice(10);
  }

  words(to) {
    const { agenda } = this.state();
    const end = clock(agenda.endOf({ ...to }));
    return say("to_be", { start: dayAndClock(to.start), end, doctor: agenda.doctorName(to.doctor) });
  }

  revert() {
    clearTimeout(this.timer);
    const { row } = this.pending;
    this.pending = undefined;
    this.grid.place(row);
  }

  async commit() {
    clearTimeout(this.timer);
    const { row, to } = this.pending;
    this.pending = undefined;
    const same = to.start === row.start && to.minutes === row.minutes && to.doctor === row.doctor;
    if (!same) await this.arrange(row, to);
  }
}
