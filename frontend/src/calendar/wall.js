// A clinic's wall clock, whatever zone the browser is in. A wall time is written "2030-01-31T09:30"; an instant is in
// milliseconds since 1970.
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const QUARTER = 15 * MINUTE; // no clock changes in between

const plain = (wall) => Date.parse(`${wall.length === 10 ? `${wall}T00:00` : wall}Z`);
const written = (ms) => new Date(ms).toISOString().slice(0, 16);

/** The wall time some minutes later, where the clocks do not change. */
export const later = (wall, minutes) => written(plain(wall) + minutes * MINUTE);
/** The day some days later. */
export const daysAfter = (day, days) => written(plain(day) + days * DAY).slice(0, 10);
/** 0 is Monday. */
export const weekday = (day) => (new Date(plain(day)).getUTCDay() + 6) % 7;
export const minutesBetween = (from, to) => (plain(to) - plain(from)) / MINUTE;
/** For Intl, with the zone "UTC": what the wall shows. */
export const asDate = (wall) => new Date(plain(wall));
export const minuteOfDay = (wall) => Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16));
export const atMinute = (day, minute) => later(day, minute);

export class Wall {
  constructor(zone) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    this.format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: zone, hourCycle: "h23", calendar: "gregory" });
    this.known = new Map();
  }

  /** Minutes that the wall is ahead of UTC at an instant. */
  offset(instant) {
    const quarter = Math.floor(instant / QUARTER);
    if (!this.known.has(quarter)) {
      const at = quarter * QUARTER;
      const { year, month, day, hour, minute } = Object.fromEntries(this.format.formatToParts(at).map((part) => [part.type, part.value]));
      this.known.set(quarter, (Date.UTC(year, month - 1, day, hour, minute) - at) / MINUTE);
    }
    return this.known.get(quarter);
  }

  /** What the wall shows at an instant. */
  at(instant) {
    return written(instant + this.offset(instant) * MINUTE);
  }

  /** When the wall shows this, for the second time if it does so twice; undefined where it never does. */
  instant(wall, second = false) {
    const guess = plain(wall);
    const offsets = [...new Set([this.offset(guess - DAY), this.offset(guess + DAY)])];
    const found = offsets
      .map((offset) => guess - offset * MINUTE)
      .filter((instant) => this.at(instant) === written(guess))
      .sort((one, other) => one - other);
    return second ? found.at(-1) : found[0];
  }

  /** What the wall shows some minutes after a wall time. */
  end(wall, minutes, second = false) {
    const start = this.instant(wall, second);
    return start === undefined ? later(wall, minutes) : this.at(start + minutes * MINUTE);
  }

  /** An instant as the API writes it. */
  iso(instant) {
    const offset = this.offset(instant);
    const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0");
    const minutes = String(Math.abs(offset) % 60).padStart(2, "0");
    return `${this.at(instant)}:00${offset < 0 ? "-" : "+"}${hours}:${minutes}`;
  }

  now() {
    return this.at(Date.now());
  }
}

export const MINUTES = MINUTE;
