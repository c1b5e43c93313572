// Parts of a live page that the server draws: fetched anew, put in place without losing the focus or an open menu.
import { text } from "./strings.js";

const FLASH = 1600;
const RETRY = 2000;

/** Fetches a part as HTML; resolves to its first element. The browser's cache answers 304 where nothing changed. */
export async function fetchPart(url) {
  const answer = await fetch(url, { cache: "no-cache", headers: { Accept: "text/html" } });
  if (answer.status === 401) location.reload(); // signed out meanwhile: the page asks to sign in
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.body.firstElementChild;
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

/** Replaces `old` by `fresh`: the focus stays on the same visit or its column, what moved or is new lights up. */
export function swap(old, fresh) {
  const before = new Map(keyed(old).map((item) => [item.dataset.visit, item.dataset.state]));
  const focus = focusIn(old);
  const open = old.querySelector("details[open]")?.closest("[data-visit]")?.dataset.visit;
  const scrolled = [...old.querySelectorAll("[id]")].map((item) => [item.id, item.scrollTop]);
  old.replaceWith(fresh);
  scrolled.forEach(([id, top]) => top && (document.getElementById(id).scrollTop = top));
  if (open) fresh.querySelector(`[data-visit="${open}"] details`)?.setAttribute("open", "");
  focus?.(fresh);
  keyed(fresh).forEach((item) => before.get(item.dataset.visit) !== item.dataset.state && flash(item));
}

const keyed = (part) => [...part.querySelectorAll("[data-visit]")];

export function flash(item) {
  item.classList.add("is-news");
  setTimeout(() => item.classList.remove("is-news"), FLASH);
}

function focusIn(part) {
  const active = document.activeElement;
  if (!part.contains(active)) return undefined;
  const visit = active.closest("[data-visit]")?.dataset.visit;
  const name = active.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
  const value = active.value?.split(" ").slice(0, 2).join(" ");
  return (fresh) => {
    const row = visit && fresh.querySelector(`[data-visit="${visit}"]`);
    const same = value && [...fresh.querySelectorAll("button")].find((button) => button.value.startsWith(value));
    const target = same || row?.querySelector("button, a") || (name && fresh.querySelector(`#${name}`));
    target?.focus({ preventScroll: true });
  };
}

/** Writes the minutes since each `data-since` under `root`, by the server's clock: `offset` is its lead in ms. */
export function tick(root, offset) {
  root.querySelectorAll("[data-since]").forEach((item) => {
    const minutes = Math.max(0, Math.floor((Date.now() + offset - new Date(item.dataset.since)) / 60000));
    const words = text("minutes", minutes);
    if (item.textContent !== words) item.textContent = words;
    if (item.dataset.kind !== "wait") return;
    item.classList.toggle("wait-long", minutes >= 30 && minutes < 60);
    item.classList.toggle("wait-too-long", minutes >= 60);
  });
}

/** How far the server's clock is ahead of this computer's, from a part that says when it was drawn. */
export const clockOffset = (part) => new Date(part.dataset.now) - Date.now();
