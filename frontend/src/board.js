// Reception's board: columns that follow the clinic live, who is expected, walking in, moving by hand or by key.
import { enhanceDragging } from "./board_drag.js";
import { enhanceKeys, rove } from "./board_keys.js";
import { enhanceMenus, foldMenus } from "./board_menus.js";
import { Moves } from "./board_moves.js";
import { enhanceActs } from "./modules/acts.js";
import { clockOffset, coalesced, fetchPart, persistent, serverNow, swap, tick, watchClocks } from "./modules/parts.js";
import { ensureSignedIn } from "./modules/session.js";
import { connectLive } from "./modules/socket.js";
import { enhanceWalkIn } from "./walk_in.js";

const TICK = 15_000;
const TYPING = 200;
const SPREAD = 150; // ms within which the boards of a clinic ask for the same change
const BOARD_EVENTS = ["queue_updated", "new_checkin", "visit_status_changed", "consultation_completed"];
const CALENDAR_EVENTS = ["appointment_created", "appointment_updated", "appointment_cancelled"];

class Board {
  constructor(root) {
    this.root = root;
    this.offset = clockOffset(root);
    this.refresh = coalesced(() => this.load());
    this.refreshExpected = coalesced(() => this.loadExpected());
    this.catchUp = persistent(() => Promise.all([this.refresh(), this.refreshExpected()]));
    this.followBoard = persistent(this.refresh);
    this.followCalendar = persistent(this.refreshExpected);
    this.moves = new Moves(root, () => this.catchUp());
    this.live = connectLive({
      join: ["join_clinic_room", { clinic_id: Number(root.dataset.clinic) }],
      versions: { [root.dataset.clinic]: this.version },
      onGap: () => this.catchUp(),
      onFirstJoin: () => this.followCalendar(),
      poll: () => this.poll(),
    });
    for (const event of BOARD_EVENTS) this.live.on(event, (change) => this.changed(change));
    for (const event of CALENDAR_EVENTS) this.live.on(event, () => this.followCalendar());
    enhanceActs(() => this.catchUp());
    enhanceWalkIn(() => this.followBoard());
    enhanceMenus(root);
    enhanceDragging(root, this.moves);
    enhanceKeys(root, this.moves);
    root.addEventListener("click", (event) => this.choose(event));
    this.search = document.querySelector("[data-expected-search]");
    this.search.form.addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => this.typed());
    this.keepTime();
  }

  get columns() {
    return this.root.querySelector("[data-board-part]");
  }

  /** Of the board as the page shows it. */
  get version() {
    return Number(this.columns.dataset.version);
  }

  address(url, more = {}) {
    const doctor = document.querySelector("[data-board-doctor]").value;
    return `${url}?${new URLSearchParams({ clinic: this.root.dataset.clinic, ...(doctor && { doctor }), ...more })}`;
  }

  async load() {
    const fresh = await fetchPart(this.address(this.root.dataset.columnsUrl));
    await this.moves.settled; // nothing is taken out of the hand of somebody who is moving it
    this.offset = clockOffset(fresh);
    foldMenus(fresh);
    rove(fresh); // so that a card in it can take the focus
    swap(this.columns, fresh);
    rove(this.root);
    tick(this.root, this.offset);
    this.live.saw(this.root.dataset.clinic, this.version);
  }

  async loadExpected() {
    const fresh = await fetchPart(this.address(this.root.dataset.expectedUrl, { q: this.search.value }));
    const shown = this.root.querySelector("[data-expected-part]");
    if (!shown.isEqualNode(fresh)) swap(shown, fresh); // who is just pressing a button presses that one
  }

  /**
   * The board has become `version`: asked for unless the page shows that already, as it does where the act was made
   * here. The others wait for a moment, so that not all ask at once, and once for all that one act tells. What is of no
   * visit (`visit_id` null) may be about anything on the page.
   */
  changed({ version, visit_id: visit }) {
    this.allDue ||= visit === null;
    this.due ??= setTimeout(() => {
      const all = this.allDue;
      this.due = this.allDue = undefined;
      if (all) this.catchUp();
      else if (this.version < this.newest) this.followBoard();
    }, Math.random() * SPREAD);
    this.newest = Math.max(this.newest ?? 0, version);
  }

  /** Minutes go by; the page follows the server's clock, also past the clinic's midnight and out of a computer's sleep. */
  keepTime() {
    const look = watchClocks(() => this.catchUp());
    const pass = () => {
      look();
      tick(this.root, this.offset);
      if (serverNow(this.offset) >= new Date(this.columns.dataset.dayEnds)) this.catchUp();
    };
    setInterval(pass, TICK);
    document.addEventListener("visibilitychange", () => document.hidden || pass());
    rove(this.root);
    pass();
  }

  /** Without a connection: whether the board has changed, and who is expected, of whom its version does not tell. */
  async poll() {
    await Promise.all([this.pollBoard(), this.refreshExpected()]);
  }

  /** Costs a few bytes where the board has not changed. */
  async pollBoard() {
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await fetch(this.root.dataset.pollUrl, { headers, cache: "no-store" });
    await ensureSignedIn(answer);
    if (answer.status === 304) return;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    this.tag = answer.headers.get("ETag");
    await this.refresh();
  }

  choose(event) {
    const link = event.target.closest("a[data-doctor]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    document.querySelector("[data-board-doctor]").value = link.dataset.doctor;
    history.replaceState(history.state, "", link.href);
    this.followBoard();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(this.followCalendar, TYPING);
  }
}

/** Brings the page of the board to life. */
export function enhanceBoard() {
  const root = document.querySelector("[data-front-desk]");
  if (root) new Board(root);
}
