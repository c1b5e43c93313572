// How the calendar says things: its words from the page, times and days in the page's language.
import { locale } from "../modules/locale.js";
import { asDate } from "./wall.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
let known;

/** The words for `key`, with what stands in braces filled in. */
export function say(key, values = {}) {
  known ??= read("calendar-words");
  return known[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

let states;
/** How a state looks and what it is called: {look, icon, word}. */
export function stateOf(name) {
  states ??= read("calendar-states");
  return states[name];
}

const formatter = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
const CLOCK = formatter({ timeStyle: "short" });
const WHOLE_DAY = formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const SHORT_DAY = formatter({ weekday: "short", day: "numeric", month: "short" });
const PLAIN_DAY = formatter({ day: "numeric", month: "long", year: "numeric" });

export const clock = (wall) => CLOCK.format(asDate(wall));
export const dayAndClock = (wall) => `${SHORT_DAY.format(asDate(wall))}, ${clock(wall)}`;

/** The days that are shown, as a heading. */
export function daysInWords(first, last, { short = false } = {}) {
  if (short) return SHORT_DAY.format(asDate(first));
  return first === last ? WHOLE_DAY.format(asDate(first)) : PLAIN_DAY.formatRange(asDate(first), asDate(last));
}

export function icon(name, sprite) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name.replace(/^ti-/, "")}`);
  svg.append(use);
  return svg;
}

export function made(tag, className, ...content) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}
