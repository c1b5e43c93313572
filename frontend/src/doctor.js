// The doctor's first page: follows the own queue live, and shows or opens who is sent in.
import { enhanceActs } from "./modules/acts.js";
import { dropOldDrafts, hasDrafts } from "./modules/drafts.js";
import { clockOffset, coalesced, fetchPart, flash, persistent, swap, tick } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

const TICK = 15_000;
const EVENTS = ["queue_updated", "new_checkin", "visit_status_changed", "consultation_completed", "payment_processed"];
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
      poll: () => this.refresh(),
    });
    for (const event of EVENTS) this.live.on(event, () => this.follow());
    this.live.on("new_checkin", ({ visit }) => this.arrived(visit));
    this.live.on("patient_with_doctor", (meeting) => this.met(meeting));
    enhanceActs(() => this.follow());
    this.enhanceOpening();
    dropOldDrafts();
    setInterval(() => tick(root, this.offset), TICK);
    tick(root, this.offset);
  }

  get part() {
    return this.root.querySelector("[data-day-part]");
  }

  async load() {
    const fresh = await fetchPart(this.root.dataset.nowUrl);
    this.offset = clockOffset(fresh);
    for (const name of PARTS) {
      const old = this.part.querySelector(name);
      unfoldAs(old, fresh.querySelector(name));
      swap(old, fresh.querySelector(name));
    }
    tick(this.root, this.offset);
  }

  arrived(visit) {
    toast(text("arrived").replace("%s", visit.patient_name), "info");
  }

  /** Somebody is sent in: shown at once, and opened where that is wanted and disturbs nothing. */
  async met({ visit, patient }) {
    const address = this.root.dataset.consultationUrl.replace(/0$/, visit.id);
    if (this.mayOpen()) return location.assign(address);
    await this.follow();
    const sheet = this.root.querySelector(`[data-sheet="${visit.id}"]`);
    if (sheet) flash(sheet);
    return toast(text("with_you").replace("%s", patient.name), "success", { label: text("open"), act: () => location.assign(address) });
  }

  // -- opening by itself: remembered for this user on this device

  enhanceOpening() {
    this.key = `clinicdesk:open-by-itself:${this.root.dataset.user}`;
    this.switch = document.querySelector("[data-open-by-itself]");
    this.switch.closest("[data-needs-script]").hidden = false;
    this.switch.checked = recalled(this.key) === "yes";
    this.switch.addEventListener("change", () => remember(this.key, this.switch.checked ? "yes" : "no"));
  }

  mayOpen() {
    return this.switch.checked && !document.hidden && !hasDrafts(this.root.dataset.user) && !document.querySelector("dialog[open]");
  }
}

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
