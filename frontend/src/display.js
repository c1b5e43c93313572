// The screen of a waiting room: shows who is called, announces each call by itself, keeps the clinic's clock.
import { CallQueue } from "./modules/calls.js";
import { GuestPage } from "./modules/guest.js";
import { locale } from "./modules/locale.js";
import { Sound } from "./modules/sound.js";
import { enhanceTheme } from "./modules/theme.js";

const SHOWN_FOR = 5000; // at least, so that everybody has looked up
const PAUSE = 700;
const TICK = 1000;
const KNOWN = "announced";

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Display {
  constructor(root) {
    this.root = root;
    this.sound = new Sound();
    this.box = root.querySelector("[data-announcement]");
    const known = JSON.parse(sessionStorage.getItem(KNOWN) ?? "[]");
    const remember = (keys) => sessionStorage.setItem(KNOWN, JSON.stringify(keys));
    this.calls = new CallQueue((call) => this.announce(call), { known, remember });
    this.page = new GuestPage(root, "display", (part) => this.take(part));
    this.page.offset = Date.parse(root.dataset.now) - Date.now();
    for (const event of ["ticket_called", "display_updated"]) this.page.live.on(event, this.page.follow);
    this.clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: root.dataset.zone });
    setInterval(() => this.tick(), TICK);
    this.tick();
    this.offerSound();
    this.take(this.page.part);
  }

  take(part) {
    if (part.dataset.edition !== this.root.dataset.edition) return location.reload(); // set up otherwise, or a new product
    this.calls.take(JSON.parse(part.querySelector("[data-calls]").textContent), this.page.now);
  }

  async announce(call) {
    const { chimes, speaks } = this.root.dataset;
    for (const part of ["number", "where", "name"]) this.box.querySelector(`[data-announced-${part}]`).textContent = call[part] ?? "";
    this.box.querySelector("[data-announced-words]").replaceChildren(...call.words.map(spoken));
    this.box.hidden = false;
    const shown = wait(SHOWN_FOR);
    if (chimes !== undefined) await this.sound.chime();
    for (const { text, lang } of speaks === undefined ? [] : call.words) await this.sound.speak(text, lang);
    await shown;
    this.box.hidden = true;
    await wait(PAUSE);
  }

  tick() {
    const time = this.root.querySelector("[data-clock]");
    const words = this.clock.format(new Date(this.page.now));
    if (time.textContent !== words) time.textContent = words;
  }

  async offerSound() {
    const { chimes, speaks } = this.root.dataset;
    if ((chimes ?? speaks) === undefined || (await this.sound.allow())) return;
    const button = this.root.querySelector("[data-sound]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (!(await this.sound.allow())) return;
      button.hidden = true;
      this.sound.chime();
    });
  }
}

function spoken({ text, lang }) {
  const line = document.createElement("p");
  Object.assign(line, { lang, dir: "auto", textContent: text, className: "tv-announced-words" });
  return line;
}

/** Brings the screen of a waiting room to life. */
export function enhanceDisplay() {
  const root = document.querySelector("[data-display]");
  if (root) new Display(root);
  enhanceTheme();
}
