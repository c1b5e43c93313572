// One appointment in a dialog: what it is, and what may be done with it now.
import { askFirst } from "../modules/confirm.js";
import { text } from "../modules/strings.js";
import { toast } from "../modules/toast.js";
import { askReason, dialog } from "./dialogs.js";
import { get, post } from "./requests.js";
import { clock, dayAndClock, icon, say, stateOf } from "./words.js";

export class Details {
  /** `changed(id)` is called after an act, `move(row)` opens the form that moves. */
  constructor({ address, showAddress, icons, wall, agenda, changed, move }) {
    Object.assign(this, { address, showAddress, icons, wall, agenda, changed, move });
    this.dialog = dialog("appointment");
    this.dialog.addEventListener("click", (event) => this.pressed(event));
  }

  async open(row) {
    this.row = row;
    this.fill(row);
    this.dialog.showModal();
    const { result } = await get(`${this.address}/${row.id}`).catch(() => ({}));
    if (result && this.row === row) this.say({ phone: result.patient_phone ? `\u200e${result.patient_phone}` : "–", notes: result.notes || "–" });
  }

  fill(row) {
    const state = stateOf(row.status);
    const times = `${dayAndClock(row.start)} – ${clock(this.agenda().endOf(row))}`;
    this.say({ patient: row.patient, time: times, doctor: this.agenda().doctorName(row.doctor), service: row.service, phone: "…", notes: "…" });
    const badge = document.createElement("span");
    badge.className = `badge state ${state.look}`;
    badge.append(icon(state.icon, this.icons), ` ${state.word}`);
    this.field("state").replaceChildren(badge, ...(row.overbooked ? [` ${say("overbooked")}`] : []));
    this.dialog.querySelector("[data-open]").href = this.showAddress.replace(/0$/, row.id);
    const acts = new Set(this.acts(row));
    this.dialog.querySelectorAll("[data-act]").forEach((button) => (button.hidden = !acts.has(button.dataset.act)));
  }

  acts(row) {
    const now = this.wall.now();
    const acts = { requested: ["confirm", "cancel", "move"], confirmed: ["cancel", "move"] }[row.status] ?? [];
    if (row.status === "checked_in") return ["move"];
    if (row.status === "confirmed" && row.start.slice(0, 10) === now.slice(0, 10)) acts.push("check-in");
    if (row.status === "confirmed" && row.start <= now) acts.push("no-show");
    return acts;
  }

  field(name) {
    return this.dialog.querySelector(`[data-field="${name}"]`);
  }

  say(values) {
    for (const [name, value] of Object.entries(values)) this.field(name).textContent = value;
  }

  async pressed(event) {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!act) return;
    const { row } = this;
    if (act === "move") {
      this.dialog.close();
      return this.move(row);
    }
    const body = await this.asked(act);
    if (!body) return;
    const button = event.target.closest("[data-act]");
    button.classList.add("btn-loading");
    const answer = await post(`${this.address}/${row.id}/${act}`, body);
    button.classList.remove("btn-loading");
    if (answer.ok) {
      this.dialog.close();
      toast(this.words(act, row, answer.body.result), "success");
    } else if (answer.status) toast(answer.body.detail, "warning");
    this.changed(row.id);
  }

  /** What is sent with an act; undefined where the person goes back. */
  async asked(act) {
    if (act === "no-show") return (await askFirst(say("miss"), { label: say("no_show") })) ? {} : undefined;
    if (act !== "cancel") return {};
    const reason = await askReason({ title: say("cancel_title"), label: say("cancel_reason"), go: say("cancel_title"), danger: true });
    return reason ? { reason } : undefined;
  }

  words(act, row, result) {
    if (act === "check-in") return text("number_given").replace("%s", () => row.patient).replace("%d", result.visit.queue_number);
    return say({ confirm: "confirmed", cancel: "cancelled", "no-show": "missed" }[act]);
  }
}
