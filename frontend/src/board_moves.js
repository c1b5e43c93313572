// A visit goes to another column of the board: shown at once, sent with the state it was seen in, put back if refused.
import { pending, post, sendAct } from "./modules/acts.js";
import { ask } from "./modules/ask.js";
import { flash, stateOf } from "./modules/parts.js";
import { text } from "./modules/strings.js";

const PHASES = ["waiting", "with_doctor", "completed"];
const ACTS = { waiting: "back", with_doctor: "in", completed: "done" };

export class Moves {
  /** `after` is called when one was sent, whatever the answer. */
  constructor(root, after) {
    this.root = root;
    this.after = after;
    this.says = document.querySelector("[data-board-says]");
  }

  /** Keeps the columns as they are until the returned function is called. */
  hold() {
    let release;
    this.settled = new Promise((resolve) => (release = resolve));
    return release;
  }

  phaseOf(card) {
    return card.closest("[data-phase]").dataset.phase;
  }

  /** The column `by` places on, or undefined past the last. */
  beside(card, by) {
    return PHASES[PHASES.indexOf(this.phaseOf(card)) + by];
  }

  async move(card, phase) {
    if (!phase || phase === this.phaseOf(card)) return;
    const question = phase === "waiting" && card.querySelector('[data-ask="back"]');
    const answer = question && (await ask(question.href));
    if (question && !answer) return;
    const takeBack = this.place(card, phase);
    const done = pending(card);
    const { visit, state } = card.dataset;
    const carriedOut = await (answer ? post(answer.action, answer.body) : sendAct(`${ACTS[phase]} ${visit} ${state}`));
    if (carriedOut) this.say(card, phase);
    else takeBack();
    await this.after(); // until then the card has the state from before
    done();
  }

  /** Puts the card where it is to be; returns how to put it back where it was. */
  place(card, phase) {
    const [column, next] = [card.parentElement, card.nextElementSibling];
    const focused = card.contains(document.activeElement);
    card.dataset.state = stateOf(card); // as it was drawn, until it is drawn anew
    this.root.querySelector(`[data-phase="${phase}"]`).append(card);
    if (focused) card.focus();
    return () => {
      if (!card.isConnected) return; // drawn anew meanwhile
      column.insertBefore(card, next?.parentElement === column ? next : null);
      if (focused) card.focus();
      flash(card);
    };
  }

  say(card, phase) {
    const title = this.root.querySelector(`[data-phase="${phase}"]`).closest("section").querySelector("h2");
    const column = title.querySelector("[data-title]").textContent;
    const name = card.querySelector("a").textContent;
    this.says.textContent = text("moved_into").replace("%s", () => name).replace("%t", () => column);
  }
}
