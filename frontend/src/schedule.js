// The doctor's schedule: follows what is booked, moved and cancelled; confirms, and cancels with a reason, on the page.
import { send } from "./modules/acts.js";
import { coalesced, fetchPart, persistent, swap } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";
import { text } from "./modules/strings.js";
import { toast } from "./modules/toast.js";

const EVENTS = ["appointment_created", "appointment_updated", "appointment_cancelled", "visit_status_changed", "new_checkin"];

/** Brings the schedule to life. */
export function enhanceSchedule() {
  const root = document.querySelector("[data-schedule]");
  if (!root) return;
  const refresh = coalesced(async () => {
    const fresh = await fetchPart(root.dataset.rowsUrl);
    const shown = root.querySelector("[data-schedule-part]");
    if (!shown.isEqualNode(fresh)) swap(shown, fresh);
  });
  const follow = persistent(refresh);
  const join = ["join_doctor_room", { doctor_id: Number(root.dataset.doctor) }];
  const live = connectLive({ join, onGap: follow, onFirstJoin: follow, poll: refresh });
  EVENTS.forEach((event) => live.on(event, () => follow()));
  live.on("queue_updated", ({ visit_id: visit }) => visit === null && follow()); // somebody has another name
  confirmOnPage(follow);
  cancelOnPage(root, follow);
}

function confirmOnPage(follow) {
  document.getElementById("act").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button.classList.contains("btn-loading")) return;
    button.classList.add("btn-loading");
    if (await post(button.formAction, {})) toast(text("confirmed"), "success");
    button.classList.remove("btn-loading");
    await follow();
  });
}

function cancelOnPage(root, follow) {
  const dialog = document.getElementById("cancel-dialog");
  const reason = dialog.querySelector("input");
  dialog.querySelector("[data-keep]").addEventListener("click", () => dialog.close("no"));
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-cancel]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    dialog.querySelector("[data-cancel-who]").textContent = link.dataset.who;
    reason.value = "";
    dialog.returnValue = "no";
    dialog.onclose = async () => {
      if (dialog.returnValue !== "yes") return root.querySelector(`[data-cancel="${link.dataset.cancel}"]`)?.focus(); // drawn anew, perhaps
      if (await post(link.dataset.cancel, { reason: reason.value })) toast(text("cancelled"), "success");
      return follow();
    };
    dialog.showModal();
    reason.focus();
  });
}

/** Sends the page's token and these values to an address; resolves to whether it was carried out. */
function post(address, values) {
  const form = document.getElementById("act").cloneNode(true);
  form.action = address;
  for (const [name, value] of Object.entries(values)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  return send(form);
}
