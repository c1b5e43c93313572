// The days that a calendar shows, as the server tells them: appointments by id, and what is shaded.
import { atMinute } from "./wall.js";

const OVERBOOKED = 1;
const SECOND = 2;
const MOVABLE = ["requested", "confirmed"];
const OCCUPYING = [...MOVABLE, "checked_in"];

export class Agenda {
  constructor(told, wall) {
    Object.assign(this, { version: told.version, grid: told.grid, hours: told.hours, offset: told.offset, mayArrange: told.may_arrange });
    this.wall = wall;
    this.from = told.from;
    this.to = told.to;
    this.doctors = told.doctors.map(([id, name]) => ({ id, name }));
    this.names = new Map(told.doctors);
    this.services = told.services;
    this.appointments = new Map(told.appointments.map((row) => [row[0], this.read(row, told)]));
    this.shades = told.shades.map(([doctor, day, from, to, reason]) => {
      const [why, words] = told.reasons[reason];
      return { doctor, day, start: atMinute(day, from), end: atMinute(day, to), why, words };
    });
  }

  read([id, doctor, start, minutes, state, patient, service, flags], told) {
    const status = told.states[state];
    const second = Boolean(flags & SECOND);
    const row = { id, doctor, start, minutes, second, status, patient, overbooked: Boolean(flags & OVERBOOKED) };
    row.service = told.services[service] ?? "";
    row.movable = told.may_arrange && MOVABLE.includes(status);
    row.stretchable = told.may_arrange && OCCUPYING.includes(status);
    return row;
  }

  doctorName(id) {
    return this.names.get(id) ?? "";
  }

  endOf(row) {
    return this.wall.end(row.start, row.minutes, row.second);
  }

  /** Why nobody is booked there, if so. */
  reasonAt(doctor, wall) {
    return this.shades.find((shade) => shade.doctor === doctor && shade.start <= wall && wall < shade.end)?.words ?? "";
  }

  /** The days on which somebody works, or there is something to see or to say. */
  busyDays() {
    const closed = new Map();
    for (const { day, start, end, why } of this.shades) {
      if (why === "outside") closed.set(day, (closed.get(day) ?? 0) + (Date.parse(`${end}Z`) - Date.parse(`${start}Z`)));
    }
    const whole = (this.hours[1] - this.hours[0]) * 3_600_000 * this.doctors.length;
    const booked = new Set([...this.appointments.values()].map((row) => row.start.slice(0, 10)));
    return (day) => booked.has(day) || (closed.get(day) ?? 0) < whole;
  }
}
