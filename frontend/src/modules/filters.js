// A list's filters: rows are copied from their <template>, named as the server reads them (_flt_<operator>_<column>).
import { enhanceTypeaheads } from "./typeahead.js";

let copies = 0;

function addRow(form, column) {
  const row = form.querySelector(`template[data-filter="${CSS.escape(column)}"]`).content.cloneNode(true).firstElementChild;
  const value = row.querySelector("[data-filter-value]");
  const operator = row.querySelector("[data-filter-operator]");
  const name = () => {
    const chosen = operator?.selectedOptions[0]?.dataset.operator ?? "0";
    value.name = `_flt_${chosen}_${column}`;
  };
  value.id = `filter-${++copies}`;
  operator?.addEventListener("change", name);
  name();
  form.querySelector("[data-new-filters]").append(row);
  enhanceTypeaheads(row);
  (document.getElementById(`${value.id}-search`) ?? value).focus();
}

function removeFilter(form, button) {
  const wasSet = button.closest(".chip");
  (wasSet ?? button.closest(".filter-row")).remove();
  if (wasSet) form.requestSubmit();
}

function leaveEmptyOut(form) {
  form.querySelectorAll("[name]").forEach((field) => (field.disabled = field.value === ""));
  setTimeout(() => form.querySelectorAll(":disabled").forEach((field) => (field.disabled = false)));
}

export function enhanceFilters() {
  document.querySelectorAll("[data-filters]").forEach((form) => {
    form.addEventListener("click", (event) => {
      const add = event.target.closest("[data-add-filter]");
      const remove = event.target.closest("[data-remove-filter]");
      if (add) addRow(form, add.dataset.addFilter);
      if (remove) removeFilter(form, remove);
    });
    form.addEventListener("submit", () => leaveEmptyOut(form));
  });
}
