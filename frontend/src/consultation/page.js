// The page of one consultation: its record, how it ends, and what happens to its visit elsewhere meanwhile.
import { enhanceClinical, unsentIn } from "../clinical.js";
import { post, send } from "../modules/acts.js";
import { enhanceQuestions } from "../modules/ask.js";
import { dropOldDrafts } from "../modules/drafts.js";
import { tellOf } from "../modules/met.js";
import { clockOffset, coalesced, persistent, tick } from "../modules/parts.js";
import { connectLive } from "../modules/socket.js";
import { text } from "../modules/strings.js";
import { toast } from "../modules/toast.js";
import { showKept } from "./kept.js";
import { RecordKeeper } from "./record.js";
import { enhanceTemplates } from "./templates.js";

const TICK = 15_000;
const ENDS = "[name=act][value=complete], [data-ask=back]";

class ConsultationPage {
  constructor(root) {
    this.root = root;
    this.id = root.dataset.consultation;
    this.status = root.dataset.status;
    dropOldDrafts();
    if (root.querySelector("[data-record]")) this.write();
    else showKept(root);
    enhanceClinical(root);
    this.follow();
    const offset = clockOffset(root);
    setInterval(() => tick(root, offset), TICK);
    tick(root, offset);
  }

  get isOpen() {
    return this.keeper !== undefined;
  }

  write() {
    document.querySelectorAll("[data-needs-script]").forEach((part) => (part.hidden = false));
    this.keeper = new RecordKeeper(this.root, {
      onConflict: (conflict) => this.showConflict(conflict),
      onRefused: (code) => (code === "signed" ? this.signedElsewhere() : this.look()),
    });
    const form = this.keeper.form;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.end(event.submitter, () => send(form, event.submitter));
    });
    const back = this.root.querySelector("[data-ask=back]");
    enhanceQuestions(({ action, body }) => this.end(back, () => post(action, body)));
    window.addEventListener("click", (event) => event.target.closest?.(ENDS) && this.holdBack(event), true); // before it asks
    this.root.querySelector("[data-conflict]").addEventListener("click", (event) => this.settle(event));
    enhanceTemplates(this.root, { url: this.root.dataset.templatesUrl, token: form.elements.csrf_token.value });
  }

  /** Nothing ends while a prescription or a diagnosis stands there that was not issued or added: it would be gone. */
  holdBack(event) {
    const field = unsentIn(this.root);
    if (!field) return;
    event.preventDefault();
    event.stopPropagation();
    toast(text("unsent"), "warning");
    field.focus();
  }

  /** Completes, or sends back: first everything is saved, so that nothing is signed that the page does not show. */
  async end(control, carryOut) {
    if (this.pressed) return undefined;
    this.pressed = true;
    control?.classList.add("btn-loading");
    try {
      return await this.saveAndEnd(carryOut);
    } finally {
      control?.classList.remove("btn-loading");
      this.pressed = false;
    }
  }

  async saveAndEnd(carryOut) {
    if (!(await this.keeper.flush())) return this.keeper.marked ? undefined : toast(this.keeper.said ?? text("not_sent"), "warning");
    this.ending = true;
    if (await carryOut()) {
      this.keeper.forget();
      return location.assign(this.root.dataset.todayUrl);
    }
    this.ending = false;
    return this.look();
  }

  // -- what was changed on both sides

  showConflict(conflict) {
    const box = this.root.querySelector("[data-conflict]");
    const words = (side) =>
      Object.entries(conflict)
        .map(([name, sides]) => (name === "notes" ? sides[side] : `${this.labelOf(name)}: ${sides[side]}`))
        .join("\n\n");
    box.querySelector("[data-mine]").textContent = words("mine");
    box.querySelector("[data-theirs]").textContent = words("theirs");
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  }

  labelOf(name) {
    return this.root.querySelector(`[name="${name}"]`).labels[0].textContent.trim();
  }

  settle(event) {
    const choice = event.target.closest("[data-settle]")?.dataset.settle;
    if (!choice) return;
    this.root.querySelector("[data-conflict]").hidden = true;
    this.keeper.settle(choice);
    this.root.querySelector("#notes").focus();
  }

  // -- what others do with the visit

  follow() {
    const { doctor, versions, present } = this.root.dataset;
    this.present = new Set(present.split(","));
    const poll = coalesced(() => Promise.all([this.check(), this.lookAround()]));
    this.look = persistent(poll);
    const join = ["join_doctor_room", { doctor_id: Number(doctor) }];
    this.live = connectLive({ join, versions: JSON.parse(versions), onGap: this.look, poll });
    this.live.on("visit_status_changed", this.look);
    this.live.on("queue_updated", ({ visit_id: visit }) => String(visit) === this.id && this.look()); // all that is told of one given away
  }

  async check() {
    const answer = await ask(this.root.dataset.visitUrl, "application/json");
    if (answer.ok) this.moved((await answer.json()).result.status);
    else if (answer.status === 404) this.givenAway();
  }

  moved(status) {
    if (this.ending || status === this.now) return;
    this.now = status;
    if (!this.isOpen) return status === this.status ? undefined : location.reload();
    if (status === "completed") return this.signedElsewhere();
    this.notice(status === this.status ? "" : text("moved"));
    if (status === this.status && this.keeper.isDirty) this.keeper.save();
    return undefined;
  }

  /** The visit is another doctor's now, or this one works there no longer: what nobody writes on is put away. */
  givenAway() {
    if (this.ending) return undefined;
    if (!this.keeper?.isDirty) return location.assign(this.root.dataset.todayUrl);
    this.keeper.keep();
    return this.notice(text("given_away"));
  }

  signedElsewhere() {
    if (this.ending) return;
    if (!this.keeper.isDirty) return location.reload();
    this.keeper.keep();
    this.notice(text("signed_elsewhere"));
  }

  notice(words) {
    const box = this.root.querySelector("[data-moved]");
    box.querySelector("[data-moved-words]").textContent = words;
    box.hidden = words === "";
  }

  /** Whoever else has been sent in meanwhile is announced: nobody is taken away from what they write. */
  async lookAround() {
    const answer = await ask(this.root.dataset.nowUrl, "text/html");
    if (!answer.ok) return;
    const day = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cards = [...day.querySelectorAll("[data-sheet]")];
    const isNew = ({ dataset }) => !this.present.has(dataset.sheet) && dataset.sheet !== this.id;
    cards.filter(isNew).forEach(tellOf);
    this.present = new Set(cards.map(({ dataset }) => dataset.sheet));
  }
}

/** What the server answers, a refusal too: what is written here stays on the page. */
async function ask(url, kind) {
  const answer = await fetch(url, { headers: { Accept: kind }, cache: "no-store" });
  if (answer.status >= 500) throw new Error(`status ${answer.status}`);
  return answer;
}

/** Brings the page of a consultation to life. */
export function enhanceConsultation() {
  const root = document.querySelector("[data-consultation]");
  if (root) new ConsultationPage(root);
}
