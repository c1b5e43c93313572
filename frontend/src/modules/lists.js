// Lists: choose rows and act on them all, or tick all at once; a click anywhere on a row of a generated one opens it.
import { text } from "./strings.js";

const OWN_CLICK = "a, button, input, label, select, summary";

function enhanceChoosing(list) {
  const bar = list.querySelector("[data-bulk]");
  const all = list.querySelector("[data-check-all]");
  if (!bar || !all) return;
  const rows = [...list.querySelectorAll("input[name=rowid]")];
  const show = () => {
    const chosen = rows.filter((row) => row.checked);
    bar.hidden = chosen.length === 0;
    bar.querySelector("[data-bulk-count]").textContent = text("selected", chosen.length);
    all.checked = chosen.length === rows.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
    rows.forEach((row) => row.closest("tr").classList.toggle("is-chosen", row.checked));
  };
  all.addEventListener("change", () => {
    rows.forEach((row) => (row.checked = all.checked));
    show();
  });
  list.addEventListener("change", (event) => event.target.name === "rowid" && show());
  show();
}

function openRow(event) {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest(OWN_CLICK) || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(row.dataset.href, "_blank", "noopener");
  else if (event.button === 0) location.assign(row.dataset.href);
}

// A link that would load the page with every box of this name ticked; once all are, it takes the ticks away.
function tickAll(event) {
  const link = event.target.closest("a[data-tick-all]");
  if (!link) return;
  event.preventDefault();
  const boxes = [...document.getElementsByName(link.dataset.tickAll)];
  const ticked = boxes.some((box) => !box.checked);
  boxes.forEach((box) => (box.checked = ticked));
}

export function enhanceLists() {
  document.querySelectorAll("[data-list]").forEach(enhanceChoosing);
  document.addEventListener("click", openRow);
  document.addEventListener("auxclick", openRow);
  document.addEventListener("click", tickAll);
}
