// Reception's board: columns that follow the clinic live, who is expected, walking in.
import { enhanceActs } from "./modules/acts.js";
import { clockOffset, coalesced, fetchPart, persistent, swap, tick } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";
import { enhanceWalkIn } from "./walk_in.js";

const TICK = 15_000;
const TYPING = 200;
const BOARD_EVENTS = ["queue_updated", "new_checkin", "visit_status_changed", "consultation_completed"];
const CALENDAR_EVENTS = ["appointment_created", "appointment_updated", "appointment_cancelled"];

class Board {
  constructor(root) {
    this.root = root;
    this.offset = clockOffset(this.columns);
    this.refresh = coalesced(() => this.load());
    this.refreshExpected = coalesced(() => this.loadExpected());
    this.catchUp = persistent(() => Promise.all([this.refresh(), this.refreshExpected()]));
    this.followBoard = persistent(this.refresh);
    this.followCalendar = persistent(this.refreshExpected);
    this.live = connectLive({
      join: ["join_clinic_room", { clinic_id: Number(root.dataset.clinic) }],
      versions: { [root.dataset.clinic]: Number(this.columns.dataset.version) },
      onGap: () => this.catchUp(),
      onFirstJoin: () => this.followCalendar(),
      poll: () => this.poll(),
    });
    for (const event of BOARD_EVENTS) this.live.on(event, () => this.followBoard());
    for (const event of CALENDAR_EVENTS) this.live.on(event, () => this.followCalendar());
    enhanceActs(() => this.catchUp());
    enhanceWalkIn(() => this.followBoard());
    root.addEventListener("click", (event) => this.choose(event));
    this.search = document.querySelector("[data-expected-search]");
    this.search.form.addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => this.typed());
    setInterval(() => tick(root, this.offset), TICK);
    tick(root, this.offset);
  }

  get columns() {
    return this.root.querySelector("[data-board-part]");
  }

  address(url, more = {}) {
    const doctor = document.querySelector("[data-board-doctor]").value;
    return `${url}?${new URLSearchParams({ clinic: this.root.dataset.clinic, ...(doctor && { doctor }), ...more })}`;
  }

  async load() {
    const fresh = await fetchPart(this.address(this.root.dataset.columnsUrl));
    this.offset = clockOffset(fresh);
    swap(this.columns, fresh);
    tick(this.root, this.offset);
    this.live.saw(this.root.dataset.clinic, Number(fresh.dataset.version));
  }

  async loadExpected() {
    const fresh = await fetchPart(this.address(this.root.dataset.expectedUrl, { q: this.search.value }));
    swap(this.root.querySelector("[data-expected-part]"), fresh);
  }

  /** Without a connection: asks whether the board has changed, which costs a few bytes when it has not. */
  async poll() {
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await fetch(this.root.dataset.pollUrl, { headers, cache: "no-store" });
    if (answer.status === 401) location.reload();
    if (answer.status === 304) return;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    this.tag = answer.headers.get("ETag");
    await Promise.all([this.refresh(), this.refreshExpected()]);
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
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(event));
}

function closeMenus(event) {
  document.querySelectorAll("details.visit-more[open]").forEach((menu) => {
    if (event.type === "click" && menu.contains(event.target)) return;
    menu.open = false;
    if (event.type === "keydown") menu.querySelector("summary").focus();
  });
}
