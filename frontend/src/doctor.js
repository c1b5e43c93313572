// The doctor's first page: follows the own queue live, and never takes away what is being written.
import { enhanceActs, send } from "./modules/acts.js";
import { clockOffset, coalesced, fetchPart, flash, persistent, swap, tick } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

const TICK = 15_000;
const EVENTS = ["queue_updated", "new_checkin", "visit_status_changed", "consultation_completed"];

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
    root.addEventListener("submit", (event) => event.target.matches("[data-complete]") && this.complete(event));
    root.addEventListener("input", (event) => event.target.matches("textarea") && (event.target.dataset.dirty = "yes"));
    window.addEventListener("beforeunload", (event) => this.writing() && event.preventDefault());
    setInterval(() => tick(root, this.offset), TICK);
    tick(root, this.offset);
  }

  get part() {
    return this.root.querySelector("[data-day-part]");
  }

  writing(within = this.root) {
    return within.querySelector('textarea[data-dirty="yes"]');
  }

  async load() {
    const fresh = await fetchPart(this.root.dataset.nowUrl);
    this.offset = clockOffset(fresh);
    this.keepSheets(fresh);
    swap(this.part.querySelector("[data-next]"), fresh.querySelector("[data-next]"));
    tick(this.root, this.offset);
  }

  /** Sheets of those who are still here stay as they are; one that is gone stays while its notes are not saved. */
  keepSheets(fresh) {
    const present = this.part.querySelector("[data-present]");
    const wanted = fresh.querySelector("[data-present]");
    const own = new Map(sheets(present).map((sheet) => [sheet.dataset.sheet, sheet]));
    const next = [];
    for (const child of [...wanted.children]) {
      const mine = own.get(child.dataset.sheet);
      if (mine) this.moved(mine, false);
      next.push(mine ?? child);
      own.delete(child.dataset.sheet);
    }
    for (const gone of own.values()) if (this.writing(gone)) next.push(this.moved(gone, true));
    const kept = next.length > 1 ? next.filter((child) => !child.matches("[data-nobody]")) : next;
    for (const child of [...present.children]) if (!kept.includes(child)) child.remove();
    kept.forEach((child, at) => present.children[at] !== child && present.insertBefore(child, present.children[at] ?? null));
  }

  moved(sheet, yes) {
    sheet.querySelector("[data-moved]").hidden = !yes;
    return sheet;
  }

  arrived(visit) {
    toast(text("arrived").replace("%s", visit.patient_name), "info");
  }

  async met({ visit, patient }) {
    await this.follow();
    const sheet = this.root.querySelector(`[data-sheet="${visit.id}"]`);
    if (sheet) flash(sheet);
    toast(text("with_you").replace("%s", patient.name), "success");
  }

  async complete(event) {
    event.preventDefault();
    const form = event.target;
    if (!(await send(form, event.submitter))) return this.follow();
    delete form.querySelector("textarea").dataset.dirty;
    toast(text("completed"), "success");
    return this.follow();
  }
}

const sheets = (part) => [...part.querySelectorAll("[data-sheet]")];

/** Brings the doctor's page to life. */
export function enhanceDoctorPage() {
  const root = document.querySelector("[data-doctor-page]");
  if (root) new DoctorPage(root);
}
