// Translated words for scripts, from templates/appbuilder/strings.html.
let words;

/** The words for `key`; "%d" in them becomes `number`. */
export function text(key, number) {
  words ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}");
  const found = words[key] ?? key;
  return number === undefined ? found : found.replace("%d", new Intl.NumberFormat(document.documentElement.lang).format(number));
}
