// The doctor's first page: follows the own queue live, and shows or opens who is sent in.
import { enhanceActs } from "./modules/acts.js";
import { dropOldDrafts, hasDrafts } from "./modules/drafts.js";
import { locale } from "./modules/locale.js";
import { addressOn, nameOn, tellOf } from "./modules/met.js";
import { clockOffset, coalesced, fetchPart, persistent, stateOf, swap, tick } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

const TICK = 15_000;
const LOOK_EVERY = 60_000; // no event tells of a new day, nor of every invoice
const EVENTS = ["queue_updated", "new_checkin", "visit_status_changed", "patient_with_doctor", "consultation_completed", "payment_processed"];
const WAITING = ["waiting", "called"];
const WITH_DOCTOR = "in_progress";
const PARTS = ["[data-figures]", "[data-present]", "[data-next]"];

class DoctorPage {
  constructor(root) {
    this.root = root;
    this.offset = clockOffset(this.part);
    this.refresh = coalesced(() => this.load());
    this.follow = persistent(this.refresh);
    this.live = connectLive({
      join: ["join_doctor_room", { doctor_id: Number(root.dataset.doctor) }],
      versions: JSON.parse(root.dataset.versions),
      onGap: this.follow,
      onFirstJoin: this.follow, // what is paid changes no board
      poll: () => this.refresh(),
    });
    for (const event of EVENTS) this.live.on(event, () => this.follow());
    enhanceActs(() => this.follow());
    this.enhanceOpening();
    dropOldDrafts();
    setInterval(() => tick(root, this.offset), TICK);
    const look = () => document.hidden || this.follow();
    setInterval(look, LOOK_EVERY);
    document.addEventListener("visibilitychange", look);
    tick(root, this.offset);
  }

  get part() {
    return this.root.querySelector("[data-day-part]");
  }

  get cards() {
    return [...this.part.querySelectorAll("[data-visit]")];
  }

  async load() {
    const fresh = await fetchPart(this.root.dataset.nowUrl);
    if (fresh.dataset.day !== this.part.dataset.day && !document.querySelector("dialog[open]")) return location.reload();
    this.offset = clockOffset(fresh);
    const before = new Map(this.cards.map((card) => [card.dataset.visit, stateOf(card)]));
    for (const name of PARTS) {
      const old = this.part.querySelector(name);
      unfoldAs(old, fresh.querySelector(name));
      swap(old, fresh.querySelector(name));
    }
    tick(this.root, this.offset);
    return this.tellNews(before);
  }

  /**
   * Says who has come and who was sent in since the page showed `before`, each visit's state: told by an event, found
   * by asking or seen after an outage alike.
   */
  tellNews(before) {
    const present = this.cards.filter((card) => stateOf(card) === WITH_DOCTOR && before.get(card.dataset.visit) !== WITH_DOCTOR);
    const arrived = this.cards.filter((card) => WAITING.includes(stateOf(card)) && !before.has(card.dataset.visit));
    if (arrived.length === 1) toast(text("arrived").replace("%s", () => nameOn(arrived[0])), "info");
    if (arrived.length > 1) toast(text("all_arrived").replace("%s", () => listed(arrived.map(nameOn))), "info");
    present.forEach((card) => this.met(card));
  }

  /** Somebody is sent in: opened where that is wanted and disturbs nothing. */
  met(card) {
    if (this.mayOpen() && this.isFirstOpening(card)) location.assign(addressOn(card));
    else tellOf(card);
  }

  // -- opening by itself: remembered for this user on this device

  enhanceOpening() {
    this.key = `clinicdesk:open-by-itself:${this.root.dataset.user}`;
    this.openedKey = `clinicdesk:opened-by-itself:${this.root.dataset.user}`;
    this.switch = document.querySelector("[data-open-by-itself]");
    this.switch.closest("[data-needs-script]").hidden = false;
    this.switch.checked = recalled(this.key) === "yes";
    this.switch.addEventListener("change", () => remember(this.key, this.switch.checked ? "yes" : "no"));
  }

  mayOpen() {
    return this.switch.checked && !document.hidden && !hasDrafts(this.root.dataset.user) && !document.querySelector("dialog[open]");
  }

  /** One tab alone opens a consultation, and once: who goes back to this page stays there. */
  isFirstOpening(card) {
    const meeting = `${card.dataset.visit}@${card.querySelector("[data-since]").dataset.since}`;
    const isFirst = recalled(this.openedKey) !== meeting;
    remember(this.openedKey, meeting);
    return isFirst;
  }
}

const listed = (names) => new Intl.ListFormat(locale, { type: "conjunction" }).format(names);

/** What was unfolded stays so. */
function unfoldAs(old, fresh) {
  for (const fold of old.querySelectorAll("details[data-fold][open]")) {
    fresh.querySelector(`details[data-fold="${fold.dataset.fold}"]`)?.setAttribute("open", "");
  }
}

function recalled(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return undefined;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // a browser that keeps nothing: the switch holds for this page
  }
}

/** Brings the doctor's page to life. */
export function enhanceDoctorPage() {
  const root = document.querySelector("[data-doctor-page]");
  if (root) new DoctorPage(root);
}
