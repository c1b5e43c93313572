// The calls of a waiting room, announced one after the other: none overwrites another, none is announced twice.
//
//   const calls = new CallQueue(announce, { known, remember });
//   calls.take([{ key, called_at, open, ... }], now);    // the calls of the newest state, and the server's time in ms
//
// `announce(call)` answers a promise that is fulfilled when the next may begin. A call that was taken back before its
// turn is left out; one that is older than two minutes when it is heard of is shown by the page and not announced, and
// so is one whose patient has gone in meanwhile (it is not open any more), unless both happened just now.
const FRESH_FOR = 120_000;
const JUST_NOW = 20_000;
const MOST_KNOWN = 200;

export class CallQueue {
  constructor(announce, { known = [], remember = () => {} } = {}) {
    Object.assign(this, { announce, remember, known: new Set(known), waiting: [], begun: false, busy: false });
  }

  take(calls, now) {
    const present = new Map(calls.map((call) => [call.key, call]));
    this.waiting = this.waiting.filter((call) => present.has(call.key));
    const news = calls.filter((call) => !this.known.has(call.key));
    for (const call of news) this.known.add(call.key);
    const fresh = news.filter((call) => now - Date.parse(call.called_at) <= (call.open ? FRESH_FOR : this.begun ? JUST_NOW : 0));
    this.begun = true;
    this.waiting.push(...fresh.sort((one, other) => Date.parse(one.called_at) - Date.parse(other.called_at)));
    this.forget();
    this.run();
  }

  /** Keys of long ago are let go; those still to be announced are not remembered: a page that is opened anew says them. */
  forget() {
    this.known = new Set([...this.known].slice(-MOST_KNOWN));
    const pending = new Set(this.waiting.map((call) => call.key));
    this.remember([...this.known].filter((key) => !pending.has(key)));
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length) {
      const call = this.waiting.shift();
      this.forget();
      await Promise.resolve(call).then(this.announce).catch(() => {}); // the next is announced in any case
    }
    this.busy = false;
  }
}
