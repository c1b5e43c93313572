// One-key shortcuts: data-hotkey="/" takes the focus to its element, unless somebody is typing.
const TYPING = "input, textarea, select, [contenteditable]";

export function enhanceHotkeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    const target = [...document.querySelectorAll("[data-hotkey]")].find((element) => element.dataset.hotkey === event.key);
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.select?.();
  });
}
