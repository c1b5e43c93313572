// Acts that need to be told why, or to whom: a link with data-ask leads to a page with a form, which is a dialog here.
import { enhancePresses } from "./presses.js";
import { ensureSignedIn } from "./session.js";
import { text } from "./strings.js";
import { toast } from "./toast.js";

let dialog;

/**
 * Asks what the page at `address` asks; resolves to {action, body} to be sent, undefined when the person does not go on.
 * `link` is busy until the question is there.
 */
export async function ask(address, link) {
  link?.classList.add("btn-loading");
  const form = await fetchForm(address);
  link?.classList.remove("btn-loading");
  if (!form) return undefined;
  dialog ??= createDialog();
  dialog.replaceChildren(form);
  dialog.showModal();
  form.querySelector("select, [name=suggested]")?.focus();
  return new Promise((resolve) => {
    let question;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      question = { action: form.action, body: new FormData(form, event.submitter) };
      dialog.close();
    });
    form.querySelector("[data-close-dialog]").addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => resolve(question), { once: true });
  });
}

async function fetchForm(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("part", "1");
  try {
    const answer = await fetch(url, { cache: "no-store", headers: { Accept: "text/html" } });
    await ensureSignedIn(answer);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.querySelector("[data-ask-form]");
    if (form) return form;
    toast(text("gone"), "warning");
  } catch {
    toast(text("not_sent"), "danger");
  }
  return undefined;
}

function createDialog() {
  const created = document.createElement("dialog");
  created.className = "confirm ask";
  created.setAttribute("aria-labelledby", "ask-title");
  document.body.append(created);
  return created;
}

function closeMenu(link, card) {
  link.closest("details").open = false;
  card?.focus({ preventScroll: true });
}

/** Lets links with data-ask ask in a dialog; `answered` is called with what to send, and the card of the visit. */
export function enhanceQuestions(answered) {
  let asking = false;
  enhancePresses();
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-ask]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    const question = await ask(link.href, link);
    asking = false;
    if (!question) return;
    const card = link.closest("[data-visit]");
    if (link.closest("details")) closeMenu(link, card);
    await answered(question, card);
  });
}
