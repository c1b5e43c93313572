// A live connection that knows when it is stale. Import it only from pages that are live.
//
//   const live = connectLive({ join: ["join_clinic_room", { clinic_id: 1 }], version: 41, onGap: refetch });
//   live.on("queue_updated", (change) => ...);   // never for what is older than the page shows
//   live.saw(version)                            // after a refetch: this is what the page shows now
//
// `onGap(missing)` is called when changes may have been lost: after a reconnection, or when a version was jumped over.
import { io } from "socket.io-client";
import { text } from "./strings.js";

const BANNER_AFTER = 1500;

/** Connects, joins the room and keeps both; `auth` is for pages without a session ({display: token}, {ticket: token}). */
export function connectLive({ join, version = 0, onGap, auth = {} }) {
  const socket = io({ transports: ["websocket"], auth, reconnectionDelay: 500, reconnectionDelayMax: 5000 });
  const stale = staleBanner();
  let seen = version;
  let joinedBefore = false;

  const saw = (now) => (seen = Math.max(seen, now));

  socket.on("connect", async () => {
    const answer = await socket.emitWithAck(...join);
    if (!answer.ok) return stale.show(answer.message);
    stale.hide();
    if (joinedBefore || answer.version > seen) onGap();
    joinedBefore = true;
  });
  socket.on("disconnect", () => stale.show());
  socket.on("connect_error", () => stale.show());

  function on(event, callback) {
    socket.on(event, (change) => {
      if (change.version < seen) return;
      if (change.version > seen + 1) onGap();
      saw(change.version);
      callback(change);
    });
  }
  return { socket, on, saw };
}

function staleBanner() {
  const banner = document.createElement("div");
  banner.className = "stale-banner";
  banner.setAttribute("role", "status");
  banner.hidden = true;
  document.body.append(banner);
  let timer;
  return {
    show(words = text("stale")) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        banner.textContent = words;
        banner.hidden = false;
      }, BANNER_AFTER);
    },
    hide() {
      clearTimeout(timer);
      banner.hidden = true;
    },
  };
}
