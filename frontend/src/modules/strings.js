// Translated words for scripts, from templates/appbuilder/strings.html and what a page adds to them.
import { locale } from "./locale.js";

let words;

/** The words for `key`; "%d" in them becomes `number`. */
export function text(key, number) {
  words ??= Object.assign({}, ...[...document.querySelectorAll("[data-strings]")].map((part) => JSON.parse(part.textContent)));
  const found = words[key] ?? key;
  return number === undefined ? found : found.replace("%d", new Intl.NumberFormat(locale).format(number));
}
