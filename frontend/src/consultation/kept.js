// What is kept on this device of a consultation that takes no more writing: shown, so that nothing is lost in silence.
import { send } from "../modules/acts.js";
import { dropDraft, draftsOf } from "../modules/drafts.js";

/** On the page of a visit that waits, is signed or is over. */
export function showKept(root) {
  const { user, consultation: visit, status } = root.dataset;
  const signed = root.querySelector("[data-signed-notes]")?.textContent.trim();
  const drafts = draftsOf(user, visit);
  const texts = drafts.map(wordsOf).filter((words) => words && words !== signed);
  const drop = () => drafts.forEach(({ tab }) => dropDraft(user, visit, tab));
  if (texts.length === 0) {
    if (status === "completed") drop();
    return;
  }
  const box = root.querySelector("[data-kept]");
  box.hidden = false;
  box.querySelector("[data-kept-text]").textContent = texts.join("\n\n");
  box.querySelector("[data-discard-kept]").addEventListener("click", () => {
    drop();
    box.hidden = true;
  });
  const isPrivate = drafts.some(({ fields }) => fields.private_notes?.value.trim());
  offer(root.querySelector("[data-amend]"), texts.join("\n\n"), { isPrivate, drop });
}

/** The text of a draft, notes first, other fields by their names. */
function wordsOf({ fields }) {
  const { notes, ...others } = fields;
  const rest = Object.entries(others).filter(([, { value }]) => value !== "");
  return [notes?.value.trim(), ...rest.map(([name, { value }]) => `${name.replace("vitals.", "").replaceAll("_", " ")}: ${value}`)].filter(Boolean).join("\n");
}

/** A signed record takes it as an amendment, a private one where some of it was; only then does the device forget it. */
function offer(form, words, { isPrivate, drop }) {
  if (!form) return;
  const field = form.elements.text;
  if (!field.value) field.value = words;
  if (isPrivate) form.elements.is_private.checked = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await send(form, event.submitter))) return;
    drop();
    location.reload();
  });
}
