// The waiting list: what is on offer follows the clinics live.
import { coalesced, fetchPart, persistent, swap } from "./modules/parts.js";
import { connectLive } from "./modules/socket.js";

/** Brings the offers above the waiting list to life. */
export function enhanceWaitlist() {
  const root = document.querySelector("[data-waitlist]");
  const clinics = root?.dataset.clinics.split(",").filter(Boolean).map(Number) ?? [];
  if (!clinics.length) return;
  const refresh = coalesced(async () => {
    swap(root.querySelector("[data-offers-part]"), await fetchPart(root.dataset.offersUrl));
  });
  const follow = persistent(refresh);
  const [first, ...others] = clinics;
  const join = (clinic) => ["join_clinic_room", { clinic_id: clinic }];
  const live = connectLive({ join: join(first), onGap: follow, onFirstJoin: follow, poll: refresh });
  live.socket.on("connect", () => others.forEach((clinic) => live.socket.emit(...join(clinic), follow)));
  live.on("waitlist_updated", follow);
}
