// Forms: one press sends once and shows that it is being sent; a page with problems puts the focus on their summary.

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (event.defaultPrevented || form.method === "dialog") return;
  form.dataset.sent = "yes";
  event.submitter?.classList.add("btn-loading");
  event.submitter?.setAttribute("aria-disabled", "true");
}

function allowAgain() {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".btn-loading").forEach((button) => {
      button.classList.remove("btn-loading");
      button.removeAttribute("aria-disabled");
    });
  });
}

function focusLinkedField(event) {
  const link = event.target.closest("[data-error-summary] a");
  if (!link) return;
  const field = document.getElementById(link.hash.slice(1));
  const control = field?.matches("fieldset") ? (field.querySelector("input") ?? field) : field;
  const shown = control?.hidden ? document.getElementById(`${control.id}-search`) : control;
  if (!shown) return;
  event.preventDefault();
  shown.closest("details")?.setAttribute("open", "");
  shown.focus();
}

function chooseByWords(event) {
  const box = event.target.closest("[data-choices-search]");
  if (!box) return;
  const wanted = box.value.trim().toLocaleLowerCase();
  box.parentElement.querySelectorAll(".choices label").forEach((label) => {
    label.hidden = wanted !== "" && !label.textContent.toLocaleLowerCase().includes(wanted);
  });
}

// A new entry is typed at once: the first field that is still empty takes the focus, except where that opens a keyboard.
function focusFirstEmpty() {
  if (!location.pathname.endsWith("/add") || !matchMedia("(pointer: fine)").matches) return;
  const controls = document.querySelectorAll("form.record-form :is(input, select, textarea)");
  const seen = [...controls].filter((control) => control.type !== "hidden" && !control.hidden && !control.disabled);
  seen.find((control) => control.value === "")?.focus({ preventScroll: true });
}

export function enhanceForms() {
  document.addEventListener("submit", sendOnce);
  document.addEventListener("change", ({ target }) => target.matches("[data-submit-on-change]") && target.form.requestSubmit());
  window.addEventListener("pageshow", (event) => event.persisted && allowAgain());
  document.addEventListener("click", focusLinkedField);
  document.addEventListener("input", chooseByWords);
  const wrong = document.querySelector("[data-error-summary]");
  if (wrong) wrong.focus();
  else focusFirstEmpty();
}
