// Parts of a live page that the server draws: fetched anew, put in place without losing the focus or an open menu.
import { released } from "./pointer.js";
import { ensureSignedIn } from "./session.js";
import { text } from "./strings.js";

const FLASH = 1600;
const RETRY = 2000;

/**
 * Fetches a part as HTML; resolves to its first element, once nobody presses anything. The browser's cache answers where
 * nothing changed: the time of the server is then that of this answer, not of the part as it was kept.
 */
export async function fetchPart(url) {
  const answer = await fetch(url, { cache: "no-cache", headers: { Accept: "text/html" } });
  await ensureSignedIn(answer);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.body.firstElementChild;
  const now = answer.headers.get("X-Now");
  if (now) part.dataset.now = now;
  await released();
  return part;
}

/** Runs `load` now, or once more after the run under way: many changes at once make two loads, not many. */
export function coalesced(load) {
  let running, again;
  return function run() {
    if (running) {
      again = true;
      return running;
    }
    running = load().finally(() => {
      running = undefined;
      if (!again) return undefined;
      again = false;
      return run();
    });
    return running;
  };
}

/** Runs `load` until it succeeds: for what must not be missed, while the banner tells of the trouble. */
export function persistent(load) {
  let timer;
  return function run() {
    clearTimeout(timer);
    return load().catch(() => (timer = setTimeout(run, RETRY)));
  };
}

/**
 * Replaces `old` by `fresh`: the focus stays on the same visit or its column; what moved, was called or is new lights up,
 * and what was lit stays so until its time.
 */
export function swap(old, fresh) {
  const before = new Map(keyed(old).map((item) => [item.dataset.visit, item]));
  const focus = focusIn(old);
  const open = old.querySelector("details[open]")?.closest("[data-visit]")?.dataset.visit;
  const scrolled = [...old.querySelectorAll("[id]")].map((item) => [item.id, item.scrollTop]);
  old.replaceWith(fresh);
  scrolled.forEach(([id, top]) => top && (document.getElementById(id).scrollTop = top));
  if (open) fresh.querySelector(`[data-visit="${open}"] details`)?.setAttribute("open", "");
  focus?.(fresh);
  for (const item of keyed(fresh)) {
    const same = before.get(item.dataset.visit);
    if (!same || standing(same) !== standing(item)) flash(item);
    else if (same.litUntil > performance.now()) flash(item, same.litUntil);
  }
}

/** The state of a visit as it was drawn; cards that do not say it are in that of their column. */
export const stateOf = (card) => card.closest("[data-state]")?.dataset.state;

/** When a visit was called as far as it was drawn, in seconds since 1970; "" where it is not called. */
export const callOf = (card) => card.querySelector(".is-call > [data-since]")?.dataset.since ?? "";

const standing = (card) => `${stateOf(card)} ${callOf(card)}`;

const keyed = (part) => [...part.querySelectorAll("[data-visit]")];

export function flash(item, until = performance.now() + FLASH) {
  item.litUntil = until;
  item.classList.add("is-news");
  setTimeout(() => item.classList.remove("is-news"), until - performance.now());
}

function focusIn(part) {
  const active = document.activeElement;
  if (!part.contains(active)) return undefined;
  const visit = active.closest("[data-visit]")?.dataset.visit;
  const name = active.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
  const value = active.matches("button") && active.value.split(" ").slice(0, 2).join(" ");
  const asked = active.dataset.ask;
  const label = active.getAttribute("aria-label");
  return (fresh) => {
    const row = visit && fresh.querySelector(`[data-visit="${visit}"]`);
    const same = value && [...fresh.querySelectorAll("button")].find((button) => button.value.startsWith(value));
    const link = asked && row?.querySelector(`[data-ask="${asked}"]`);
    const named = label && [...(row?.querySelectorAll("[aria-label]") ?? [])].find((one) => one.getAttribute("aria-label") === label);
    const own = active.matches("[data-visit]") ? row : (row?.querySelector("div > .btn") ?? row?.querySelector("button, a"));
    const target = same || link || named || own || (name && fresh.querySelector(`#${name}`));
    target?.focus({ preventScroll: true });
  };
}

/**
 * Writes how long it is since each `data-since` and about until each `data-until` under `root`, both in seconds since
 * 1970: `offset` is clockOffset's. A long wait is marked; who is with the doctor no longer waits.
 */
export function tick(root, offset) {
  root.querySelectorAll("[data-since]").forEach((item) => {
    const minutes = Math.max(0, Math.floor((serverNow(offset) / 1000 - item.dataset.since) / 60));
    write(item, text("minutes", minutes));
    if (!item.closest("[data-state=waiting], [data-state=called]")) return;
    item.classList.toggle("wait-long", minutes >= 30 && minutes < 60);
    item.classList.toggle("wait-too-long", minutes >= 60);
  });
  root.querySelectorAll("[data-until]").forEach((item) => {
    const minutes = aboutMinutes((item.dataset.until - serverNow(offset) / 1000) / 60);
    write(item, minutes ? text("about", minutes) : text("soon"));
  });
}

/** No more exact than it is known: to five minutes, past an hour to ten. */
function aboutMinutes(left) {
  const step = left < 60 ? 5 : 10;
  return Math.max(0, step * Math.floor(left / step + 0.5));
}

function write(item, words) {
  if (item.textContent !== words) item.textContent = words;
}

/**
 * How far the server's clock is ahead of this page's, from a part that says when it was drawn. The page's is one that
 * only runs forward, whatever somebody does to the computer's.
 */
export const clockOffset = (part) => new Date(part.dataset.now) - performance.now();

/** The server's time now, in ms. */
export const serverNow = (offset) => performance.now() + offset;

const JUMP = 5000;

/**
 * Calls `after` once the page's clock and the computer's have gone apart: the computer slept, when the first may stand
 * still, or its clock was set. Either way only the server knows the time.
 */
export function watchClocks(after) {
  let apart = Date.now() - performance.now();
  return function look() {
    const now = Date.now() - performance.now();
    if (Math.abs(now - apart) < JUMP) return;
    apart = now;
    after();
  };
}
