// A type-ahead in place of <select data-lookup-url="/lookup/patients" name="patient"> with at most one option.
//
// The select stays in the form, hidden, and carries the value; beside it stands a combobox.
import { Combobox, element } from "./combobox.js";

class Typeahead extends Combobox {
  constructor(select) {
    const [input, wrap] = beside(select);
    super(input, wrap, select.dataset.lookupUrl);
    this.select = select;
    wrap.append(select);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.list.hidden && this.search(""));
    select.form?.addEventListener("reset", () => this.choose(null));
  }

  typed() {
    if (this.words === "") this.choose(null);
    super.typed();
  }

  choose(option) {
    if (option === undefined) return;
    const chosen = option ? new Option(option.text, option.id, true, true) : new Option("", "", true, true);
    this.select.replaceChildren(chosen);
    this.input.value = option ? option.text : "";
    this.open(false);
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** What was typed in full is chosen; of what was typed in part, the last choice is left. */
  leave() {
    const exact = this.options.find((option) => option.text.toLocaleLowerCase() === this.words.toLocaleLowerCase());
    if (exact && String(exact.id) !== this.select.value) this.choose(exact);
    super.leave();
    this.input.value = this.select.value ? this.select.selectedOptions[0].text.trim() : "";
  }
}

/** The text box of a select and what it stands in; the select's label, hint and state are the text box's now. */
function beside(select) {
  const id = (select.id ||= `lookup-${Math.random().toString(36).slice(2)}`);
  const wrap = element("div", { class: "typeahead" });
  const input = element("input", { id: `${id}-search`, class: "form-control", type: "text" });
  for (const name of ["aria-describedby", "aria-invalid", "aria-label", "placeholder"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  if (select.required) input.setAttribute("aria-required", "true");
  input.disabled = select.disabled;
  input.value = select.selectedOptions[0]?.value ? select.selectedOptions[0].text.trim() : "";
  document.querySelector(`label[for="${CSS.escape(id)}"]`)?.setAttribute("for", input.id);
  select.hidden = true;
  select.required = false;
  select.before(wrap);
  wrap.append(input);
  return [input, wrap];
}

/** Turns every look-up select inside `root` that is not one yet into a type-ahead. */
export function enhanceTypeaheads(root = document) {
  root.querySelectorAll("select[data-lookup-url]:not([hidden])").forEach((select) => new Typeahead(select));
}
