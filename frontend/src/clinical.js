// Diagnoses, prescriptions and attachments of a consultation: acts are sent without leaving the page, and the server
// draws the part anew. Whoever puts parts on a page calls enhanceClinical(root) once.
import { Combobox } from "./modules/combobox.js";
import { ensureSignedIn } from "./modules/session.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

const HEADERS = { Accept: "text/html, application/problem+json;q=0.9", "X-Requested-With": "fetch" };

/** Posts a form; resolves to the part as the server draws it, or to nothing after it has said why there is none. */
async function post(action, body) {
  try {
    const answer = await fetch(action, { method: "POST", body, headers: HEADERS });
    await ensureSignedIn(answer);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-clinical]");
    if (!part) toast(page.querySelector(".empty-title")?.textContent.trim() || text("not_done"), "danger");
    return part;
  } catch {
    toast(text("not_sent"), "danger");
    return undefined;
  }
}

/** The part that a form belongs to, wherever the page has it now. */
const partOf = (form) => document.querySelector(`[data-clinical="${form.closest("[data-clinical]").dataset.clinical}"]`);

function replace(old, fresh, { keepDraft }) {
  const [typed, empty] = [old.querySelector("[data-draft]"), fresh.querySelector("[data-draft]")];
  if (keepDraft && typed && empty) empty.replaceWith(typed);
  old.replaceWith(fresh);
  enhancePart(fresh);
}

/** Where one goes on typing: what is wrong, the first empty medicine of a form, else the part's heading. */
function focusIn(part, form, act) {
  const wrong = part.querySelector("[aria-invalid]");
  const empty = [...part.querySelectorAll("[name$=-medicine]")].find((input) => !input.value);
  const adding = form.matches("[data-diagnosis-form]") && part.querySelector("[data-lookup-code]");
  const rows = ["more", "copy", "drop"].includes(act) && (empty ?? part.querySelector("[name$=-medicine]"));
  (wrong ?? (adding || rows || part.querySelector("h2")))?.focus();
}

async function act(event) {
  const form = event.target.closest("form[data-clinical-act]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  const button = event.submitter;
  form.dataset.busy = "yes";
  button?.classList.add("btn-loading");
  try {
    if (form.matches("[data-upload]")) return await uploadAll(form, [...form.elements.file.files]);
    const part = await post(form.action, new FormData(form, button));
    if (!part) return;
    const old = partOf(form);
    replace(old, part, { keepDraft: !form.matches("[data-draft]") });
    focusIn(part, form, button?.value.split(" ")[0]);
  } finally {
    delete form.dataset.busy;
    button?.classList.remove("btn-loading");
  }
}

/** Sends files one after another, so that one that is refused does not take the others with it. */
async function uploadAll(form, files) {
  const status = form.querySelector("[data-upload-status]");
  const told = [];
  let last;
  form.classList.add("is-sending");
  for (const [at, file] of files.entries()) {
    if (file.size > Number(form.dataset.largest)) {
      told.push(text("file_too_large").replace("%s", () => file.name));
      continue;
    }
    status.textContent = text("uploading").replace("%s", () => file.name);
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token.value);
    body.append("file", file);
    const part = await post(form.action, body);
    last = part ?? last;
    if (part && at < files.length - 1) told.push(...refusalsIn(part));
  }
  form.classList.remove("is-sending");
  if (last) {
    replace(partOf(form), last, { keepDraft: false });
    focusIn(last, form);
  }
  told.forEach((message) => toast(message, "warning"));
}

const refusalsIn = (part) => [...part.querySelectorAll(".clinical-refusal")].map((item) => item.textContent.trim());

class CodeSearch extends Combobox {
  constructor(input) {
    super(input, input.closest(".typeahead"), input.dataset.lookupCode);
  }

  typed() {
    this.input.form.elements.code_id.value = "";
    if (this.words === "") this.leave();
    else super.typed();
  }

  choose(option) {
    if (option === undefined) return;
    this.input.form.elements.code_id.value = option.id;
    this.input.value = option.text;
    this.open(false);
    this.input.form.requestSubmit();
  }
}

function enhanceUpload(form) {
  const input = form.elements.file;
  form.querySelector("[data-upload-button]").hidden = true;
  input.addEventListener("change", () => input.files.length && form.requestSubmit());
  for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => welcome(event, form));
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    if (input.files.length) form.requestSubmit();
  });
}

function welcome(event, form) {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  form.classList.add("is-over");
}

function enhancePart(part) {
  part.querySelectorAll("input[data-lookup-code]:not([role])").forEach((input) => new CodeSearch(input));
  part.querySelectorAll("form[data-upload]").forEach(enhanceUpload);
}

/** What is typed under `root` and was neither issued nor added, or is on its way: its first field, to be gone back to. */
export function unsentIn(root) {
  const typed = [...root.querySelectorAll("form[data-draft] input:not([type=hidden]), [data-lookup-code]")];
  return typed.find((field) => field.value.trim() !== "") ?? root.querySelector("form[data-busy] :is(input, button):not([type=hidden])");
}

/**
 * Brings the parts under `root`, an element of the page, to life; those too that take their place later. Whoever leaves
 * the page with something typed in them is asked.
 */
export function enhanceClinical(root) {
  root.addEventListener("submit", act);
  window.addEventListener("beforeunload", (event) => unsentIn(root) && event.preventDefault());
  root.querySelectorAll("[data-clinical]").forEach(enhancePart);
}
