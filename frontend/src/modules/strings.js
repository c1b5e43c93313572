// Translated words for scripts, from templates/appbuilder/strings.html.
import { locale } from "./locale.js";

let words;

/** The words for `key`; "%d" in them becomes `number`. */
export function text(key, number) {
  words ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}");
  const found = words[key] ?? key;
  return number === undefined ? found : found.replace("%d", new Intl.NumberFormat(locale).format(number));
}
