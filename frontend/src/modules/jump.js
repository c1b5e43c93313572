// The top bar's search: what is chosen opens at once; Enter without a choice goes to the list of all that match.
import { Combobox } from "./combobox.js";

const FEWEST_LETTERS = 2;

class JumpSearch extends Combobox {
  constructor(form) {
    const input = form.querySelector("input[type=search]");
    super(input, input.parentElement, form.dataset.jump);
    this.wrap.classList.add("typeahead");
    this.target = form.dataset.jumpTo;
  }

  typed() {
    if (this.words.length >= FEWEST_LETTERS) super.typed();
    else this.leave();
  }

  offer(results) {
    super.offer(results);
    this.activate(-1); // nobody's record opens by an Enter that meant the search
  }

  choose(option) {
    if (option) location.assign(this.target + option.id);
    else this.input.form.requestSubmit();
  }
}

export function enhanceJumpSearch() {
  document.querySelectorAll("form[data-jump]").forEach((form) => new JumpSearch(form));
}
