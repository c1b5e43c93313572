// A doctor's own templates: put into the notes where the cursor stands, and made from them.
import { text } from "../modules/strings.js";
import { toast } from "../modules/toast.js";

const JSON_ONLY = { Accept: "application/json" };

/** `url` is where templates are added and, with "/<id>", read. */
export function enhanceTemplates(root, { url, token }) {
  const notes = root.querySelector("#notes");
  const dialog = document.getElementById("save-template");
  root.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-template]");
    if (chosen) insert(notes, `${url}/${chosen.dataset.template}`);
    if (event.target.closest("[data-save-template]")) open(dialog, notes);
    if (event.target.closest("[data-close-template]")) dialog.close();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    add(event.target, { url, token, menu: root.querySelector(".template-menu"), dialog });
  });
}

async function insert(notes, address) {
  const answer = await fetch(address, { headers: JSON_ONLY }).catch(() => undefined);
  if (!answer?.ok) return toast(text("not_sent"), "danger");
  const { body } = (await answer.json()).result;
  notes.focus();
  notes.setRangeText(body, notes.selectionStart, notes.selectionEnd, "end");
  notes.dispatchEvent(new Event("input", { bubbles: true }));
  return undefined;
}

function open(dialog, notes) {
  const form = dialog.querySelector("form");
  const marked = notes.value.slice(notes.selectionStart, notes.selectionEnd);
  form.reset();
  refuse(form, "");
  form.elements.body.value = marked.trim() || notes.value;
  dialog.showModal();
  form.elements.name.focus();
}

async function add(form, { url, token, menu, dialog }) {
  const { name, body } = Object.fromEntries(new FormData(form));
  const headers = { ...JSON_ONLY, "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ name, body }) }).catch(() => undefined);
  if (!answer) return toast(text("not_sent"), "danger");
  const said = await answer.json();
  if (!answer.ok) return refuse(form, Object.values(said.errors ?? {}).flat().join(" ") || said.detail);
  const entry = document.createElement("button");
  Object.assign(entry, { type: "button", className: "dropdown-item", textContent: said.result.name });
  entry.dataset.template = said.result.id;
  menu.prepend(entry);
  dialog.close();
  return toast(text("template_saved"), "success");
}

function refuse(form, message) {
  const box = form.elements.name.closest(".form-field");
  box.classList.toggle("is-wrong", message !== "");
  box.querySelector("[data-problem]").textContent = message;
}
