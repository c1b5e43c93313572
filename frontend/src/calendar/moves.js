// Moving and stretching appointments: shown at once, put back where the server refuses, and taken back when asked.
import { toast } from "../modules/toast.js";
import { askReason } from "./dialogs.js";
import { canOverbook, post } from "./requests.js";
import { MINUTES } from "./wall.js";
import { clock, dayAndClock, say } from "./words.js";

/** The body of a move: `to` is {start, minutes, doctor, second}; undefined where the clocks skip that time. */
export function moveBody(wall, to, reason = "") {
  const start = wall.instant(to.start, to.second);
  if (start === undefined) return undefined;
  const body = { starts_at: wall.iso(start), ends_at: wall.iso(start + to.minutes * MINUTES), doctor_id: to.doctor };
  return reason ? { ...body, overbook_reason: reason } : body;
}

export class Moves {
  /** `place(row)` shows a row where it says it is; `settled()` is called after each move, whatever became of it. */
  constructor({ address, wall, agenda, place, settled }) {
    Object.assign(this, { address, wall, agenda, place, settled });
  }

  /** Moves a row; what it was is restored when that is refused. */
  async move(row, to, { undoing = false } = {}) {
    const before = { start: row.start, minutes: row.minutes, doctor: row.doctor, second: row.second };
    if (to.start !== before.start) to.second = false;
    this.place({ ...row, ...to });
    const answer = await this.send(row.id, to);
    if (answer?.ok) {
      const moved = { ...row, ...to };
      toast(this.words(before, to), "success", undoing ? undefined : { label: say("undo"), act: () => this.move(moved, before, { undoing: true }) });
    } else {
      this.place(row);
      if (answer?.body?.detail) toast(answer.body.detail, "warning");
    }
    await this.settled(row.id);
    return Boolean(answer?.ok);
  }

  /** The server's answer; where the time is taken or outside hours, a reason to overbook is asked for first. */
  async send(id, to) {
    const body = moveBody(this.wall, to);
    if (!body) return { ok: false, body: { detail: say("skipped") } };
    const url = `${this.address}/${id}/reschedule`;
    const answer = await post(url, body);
    if (!canOverbook(answer)) return answer;
    const asked = { title: say("all_the_same"), words: answer.body.detail, label: say("overbook_reason"), go: say("overbook") };
    const reason = await askReason(asked);
    return reason ? post(url, { ...body, overbook_reason: reason }) : answer;
  }

  words(before, to) {
    if (to.start === before.start && to.doctor === before.doctor) {
      return say("now_ends", { time: clock(this.wall.end(to.start, to.minutes, to.second)) });
    }
    const time = dayAndClock(to.start);
    return to.doctor === before.doctor ? say("moved", { time }) : say("moved_to", { time, doctor: this.agenda().doctorName(to.doctor) });
  }
}
