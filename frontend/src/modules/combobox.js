// A text box that offers what the server finds (WAI-ARIA 1.2 combobox, list autocomplete).
//
// GET <url>?q=<text> answers {"results": [{"id": 1, "text": "..."}]}. Who extends it says what a choice does.
import { released } from "./pointer.js";
import { text } from "./strings.js";

const WAIT = 150;

export class Combobox {
  constructor(input, wrap, url) {
    Object.assign(this, { input, wrap, url, options: [], active: -1 });
    this.list = element("ul", { id: `${input.id}-list`, class: "typeahead-list", role: "listbox", hidden: "" });
    this.list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || input.getAttribute("aria-label") || text("searching"));
    this.status = element("span", { class: "visually-hidden", role: "status" });
    const role = { role: "combobox", autocomplete: "off", spellcheck: "false" };
    const state = { "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries({ ...role, ...state })) input.setAttribute(name, value);
    wrap.append(this.list, this.status);
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.leave());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.take(this.options[Number(item.dataset.at)]);
    });
  }

  get words() {
    return this.input.value.trim();
  }

  typed() {
    this.activate(-1); // what is offered was found for other words: Enter takes none of it
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(this.words), WAIT);
  }

  async search(words) {
    this.pending?.abort();
    const mine = (this.pending = new AbortController());
    const url = new URL(this.url, location.href);
    url.searchParams.set("q", words);
    this.wrap.classList.add("is-searching");
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { results } = await answer.json();
      await released(); // who is just pressing one of the options presses that one
      if (mine === this.pending && document.activeElement === this.input) this.offer(results);
    } catch (error) {
      if (mine === this.pending && error.name !== "AbortError") this.say(text("search_failed"));
    } finally {
      if (mine === this.pending) this.wrap.classList.remove("is-searching");
    }
  }

  offer(results) {
    this.options = results;
    this.list.replaceChildren(
      ...results.map((result, at) => {
        const item = element("li", { id: `${this.list.id}-${at}`, role: "option", dir: "auto", "data-at": at, "aria-selected": "false" });
        item.textContent = result.text;
        return item;
      }),
    );
    if (results.length === 0) return this.say(text("no_results"));
    this.status.textContent = text("results", results.length);
    this.open(true);
    this.activate(this.words ? 0 : -1);
  }

  say(words) {
    this.options = [];
    const note = element("li", { class: "typeahead-note", role: "option", "aria-disabled": "true", "aria-selected": "false" });
    note.textContent = this.status.textContent = words;
    this.list.replaceChildren(note);
    this.open(true);
    this.activate(-1);
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
    if (!yes) this.activate(-1);
  }

  activate(at) {
    this.active = at;
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const item = this.list.children[at];
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const last = this.options.length - 1;
    const moves = {
      ArrowDown: () => (this.list.hidden ? this.search(this.words) : this.activate(this.active >= last ? 0 : this.active + 1)),
      ArrowUp: () => this.activate(this.active <= 0 ? last : this.active - 1),
      Enter: () => this.take(this.options[this.active]),
      Escape: () => this.leave(),
    };
    if (!(event.key in moves) || event.isComposing) return;
    if (this.list.hidden && event.key !== "ArrowDown") return;
    event.preventDefault(); // Enter in an open list never sends the form
    event.stopPropagation();
    moves[event.key]();
  }

  /** Somebody has chosen: what is still being searched for no longer opens the list again. */
  take(option) {
    if (option !== undefined) this.stop();
    this.choose(option);
  }

  /** Takes one of the options; of nothing (an open list without a match) nothing comes. */
  choose() {
    throw new Error("say what a choice does");
  }

  /** Closes the list and forgets what is under way. */
  leave() {
    this.stop();
    this.open(false);
  }

  stop() {
    clearTimeout(this.timer);
    this.pending?.abort();
    this.pending = undefined;
    this.wrap.classList.remove("is-searching");
  }
}

export function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
