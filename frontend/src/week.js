// The week beside a form of hours: drawn anew by the server while the form is filled in. Without this script a button asks.
const WAIT = 200;

class WeekPanel {
  constructor(form) {
    this.form = form;
    form.querySelector("[data-week-show]").hidden = true;
    form.addEventListener("change", () => this.later());
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask().catch(() => undefined), WAIT);
  }

  async ask() {
    this.pending?.abort();
    const mine = (this.pending = new AbortController());
    const body = new FormData(this.form);
    body.set("preview", "1");
    const answer = await fetch(location.href, { method: "POST", body, signal: mine.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const week = page.querySelector("[data-week]");
    if (week) this.form.querySelector("[data-week]").replaceChildren(...week.childNodes);
  }
}

/** Keeps the week beside each form of hours in step with it. */
export function enhanceWeeks() {
  document.querySelectorAll("form[data-week-form]").forEach((form) => new WeekPanel(form));
}
