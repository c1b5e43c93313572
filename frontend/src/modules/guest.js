// A live page by a private address, without a session: follows the queue by hints, and asks by itself where none come.
import { coalesced, persistent } from "./parts.js";
import { connectLive } from "./socket.js";

const LOOK_EVERY = 60_000; // a new day changes no board, and a screen is on all day

export class GuestPage {
  /** `kind` is "display" or "ticket"; the page's `part` is drawn by the server, and `show(part)` is told of a new one. */
  constructor(root, kind, show) {
    Object.assign(this, { root, kind, show, offset: 0 });
    this.refresh = coalesced(() => this.load());
    this.follow = persistent(this.refresh);
    this.connect();
    this.timer = setInterval(this.follow, LOOK_EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || this.ended || this.follow());
  }

  get part() {
    return this.root.querySelector(`[data-${this.kind}-part]`);
  }

  /** The server's time, by the last answer. */
  get now() {
    return Date.now() + this.offset;
  }

  connect() {
    const { token, clinic } = this.root.dataset;
    this.live = connectLive({
      auth: { [this.kind]: token },
      join: [`join_${this.kind}`, { token }],
      versions: { [clinic]: Number(this.part.dataset.version) },
      onGap: this.follow,
      onFirstJoin: this.follow, // what a screen shows of a name, say, changes no board
      poll: this.refresh,
    });
    // The address or the visit has ended, or the server has: the page shows which.
    this.live.socket.on("disconnect", (reason) => reason === "io server disconnect" && !this.ended && this.follow());
  }

  /** Fetches the part where it has changed; an address that is none any more shows so. */
  async load() {
    if (this.ended) return;
    const headers = { Accept: "text/html", ...(this.tag && { "If-None-Match": this.tag }) };
    const answer = await fetch(this.root.dataset.nowUrl, { headers, cache: "no-store" });
    if (answer.status === 404) return location.reload();
    if (!answer.ok && answer.status !== 304) throw new Error(`status ${answer.status}`);
    const at = Date.parse(answer.headers.get("Date"));
    if (at) this.offset = at - Date.now();
    if (answer.status !== 304) this.swap(await answer.text(), answer.headers.get("ETag"));
    this.show(this.part);
  }

  swap(html, tag) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(`[data-${this.kind}-part]`);
    this.part.replaceWith(fresh);
    this.tag = tag;
    if (fresh.dataset.version) this.live.saw(this.root.dataset.clinic, Number(fresh.dataset.version));
  }

  /** Nothing more will change: lets the server go. */
  end() {
    this.ended = true;
    clearInterval(this.timer);
    this.live.rest();
  }
}
