// A type-ahead in place of <select data-lookup-url="/lookup/patients" name="patient"> with at most one option.
//
// The select stays in the form, hidden, and carries the value; beside it stands a combobox (WAI-ARIA 1.2, list
// autocomplete). GET <url>?q=<text> answers {"results": [{"id": 1, "text": "..."}]}.
import { text } from "./strings.js";

const WAIT = 150;

class Typeahead {
  constructor(select) {
    this.select = select;
    this.options = [];
    this.active = -1;
    this.build();
    this.listen();
  }

  build() {
    const { select } = this;
    const id = (select.id ||= `lookup-${Math.random().toString(36).slice(2)}`);
    this.wrap = element("div", { class: "typeahead" });
    this.input = element("input", {
      id: `${id}-search`,
      class: "form-control",
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${id}-list`,
    });
    for (const name of ["aria-describedby", "aria-invalid", "aria-label", "placeholder"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    if (select.required) this.input.setAttribute("aria-required", "true");
    this.input.disabled = select.disabled;
    document.querySelector(`label[for="${CSS.escape(id)}"]`)?.setAttribute("for", this.input.id);
    this.list = element("ul", { id: `${id}-list`, class: "typeahead-list", role: "listbox", hidden: "" });
    this.list.setAttribute("aria-label", this.input.labels?.[0]?.textContent.trim() || text("searching"));
    this.status = element("span", { class: "visually-hidden", role: "status" });
    this.input.value = select.selectedOptions[0]?.value ? select.selectedOptions[0].text.trim() : "";
    select.hidden = true;
    select.required = false;
    select.before(this.wrap);
    this.wrap.append(this.input, this.list, this.status, select);
  }

  listen() {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.list.hidden && this.search(""));
    this.input.addEventListener("blur", () => this.leave());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.choose(this.options[Number(item.dataset.at)]);
    });
    this.select.form?.addEventListener("reset", () => this.choose(null));
  }

  typed() {
    if (this.input.value.trim() === "") this.choose(null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(this.input.value.trim()), WAIT);
  }

  async search(words) {
    this.pending?.abort();
    const mine = (this.pending = new AbortController());
    const url = new URL(this.select.dataset.lookupUrl, location.href);
    url.searchParams.set("q", words);
    this.wrap.classList.add("is-searching");
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { results } = await answer.json();
      if (mine === this.pending && document.activeElement === this.input) this.offer(results);
    } catch (error) {
      if (error.name !== "AbortError") this.say(text("search_failed"));
    } finally {
      if (mine === this.pending) this.wrap.classList.remove("is-searching");
    }
  }

  offer(results) {
    this.options = results;
    this.list.replaceChildren(
      ...results.map((result, at) => {
        const item = element("li", { id: `${this.list.id}-${at}`, role: "option", "data-at": at, "aria-selected": "false" });
        item.textContent = result.text;
        return item;
      }),
    );
    if (results.length === 0) return this.say(text("no_results"));
    this.status.textContent = text("results", results.length);
    this.open(true);
    this.activate(this.input.value.trim() ? 0 : -1);
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
      ArrowDown: () => (this.list.hidden ? this.search(this.input.value.trim()) : this.activate(this.active >= last ? 0 : this.active + 1)),
      ArrowUp: () => this.activate(this.active <= 0 ? last : this.active - 1),
      Enter: () => this.choose(this.options[this.active]),
      Escape: () => this.restore(),
    };
    if (!(event.key in moves) || event.isComposing) return;
    if (this.list.hidden && event.key !== "ArrowDown") return;
    event.preventDefault(); // Enter in an open list never sends the form
    event.stopPropagation();
    moves[event.key]();
  }

  choose(option) {
    if (option === undefined) return;
    const chosen = option ? new Option(option.text, option.id, true, true) : new Option("", "", true, true);
    this.select.replaceChildren(chosen);
    this.input.value = option ? option.text : "";
    this.open(false);
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  restore() {
    clearTimeout(this.timer);
    this.pending?.abort();
    this.wrap.classList.remove("is-searching");
    this.input.value = this.select.value ? this.select.selectedOptions[0].text.trim() : "";
    this.open(false);
  }

  leave() {
    const exact = this.options.find((option) => option.text.toLocaleLowerCase() === this.input.value.trim().toLocaleLowerCase());
    if (exact && String(exact.id) !== this.select.value) this.choose(exact);
    this.restore();
  }
}

function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Turns every look-up select inside `root` that is not one yet into a type-ahead. */
export function enhanceTypeaheads(root = document) {
  root.querySelectorAll("select[data-lookup-url]:not([hidden])").forEach((select) => new Typeahead(select));
}
