// Buttons of the form "act": sent without leaving the page; a refusal is a toast, and the page shows the present state.
import { toast } from "./toast.js";
import { text } from "./strings.js";

/** Sends a form as a script does; resolves to whether it was carried out. */
export async function send(form, button) {
  button?.classList.add("btn-loading");
  button?.setAttribute("aria-disabled", "true");
  try {
    const body = new FormData(form, button);
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.status === 401) location.reload();
    if (!answer.ok) toast((await answer.json()).detail, "warning");
    return answer.ok;
  } catch {
    toast(text("not_sent"), "danger");
    return false;
  } finally {
    button?.classList.remove("btn-loading");
    button?.removeAttribute("aria-disabled");
  }
}

/** Lets the page's form "act" be sent so, and calls `after` when it was, whatever the answer. */
export function enhanceActs(after) {
  const form = document.getElementById("act");
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await send(form, event.submitter);
    busy = false;
    after(event.submitter);
  });
}
