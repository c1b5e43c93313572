// A live connection that knows when it is stale. Import it only from pages that are live.
//
//   const live = connectLive({
//     join: ["join_clinic_room", { clinic_id: 1 }],
//     versions: { 1: 41 },       // of each clinic's board, as the page shows it
//     onGap: refetch,            // changes may have been lost: after a reconnection, or when a version was jumped over
//     onFirstJoin: refetchRest,  // the board is as the page shows it; what has no version may have changed meanwhile
//     poll: () => refetchIfChanged(),   // every 5 s while there is no connection; a promise, rejected when it fails
//   });
//   live.on("queue_updated", (change) => ...);   // never for a board that is older than the page shows
//   live.saw(clinic, version)                    // after a refetch: this is what the page shows now
//   live.rest()                                  // disconnects for good: nothing more is expected
//
// Until there is a connection, and whenever it is lost, a banner says so after a moment: with a poll that works calmly, else since when the page is out of date.
// Where the session or the right has ended, the page is put aside and says so; it is loaded again as soon as there is one.
import { io } from "socket.io-client";
import { locale } from "./locale.js";
import { whenSignedOut } from "./session.js";
import { text } from "./strings.js";

const BANNER_AFTER = 1500;
const POLL_EVERY = 5000;
const SOON = 700; // after the server has let go: a right has changed, or it must not hold screens at the moment
const NOW_AND_THEN = 15_000; // after a refusal: somebody may have signed in in another tab
const PASSING = ["unavailable", "error"]; // refusals that say nothing about who asks
// Other events change no board: one that was overtaken on its way is news all the same.
const OF_A_BOARD = ["queue_updated", "new_checkin", "visit_status_changed", "consultation_completed"];
const GIVE_UP = 8000; // an attempt to connect that hangs: the network may be back meanwhile

/** Connects, joins the room and keeps both; `auth` is for pages without a session ({display: token}, {ticket: token}). */
export function connectLive({ join, versions = {}, onGap, onFirstJoin, poll, auth = {} }) {
  const socket = io({ transports: ["websocket"], auth, reconnectionDelay: 500, reconnectionDelayMax: 5000, timeout: GIVE_UP });
  const outage = watchOutage(poll);
  const isGuest = Object.keys(auth).length > 0; // by an address: the page itself sees when that is over
  const seen = new Map(Object.entries(versions));
  let joinedBefore = false;
  let comingBack;

  const saw = (clinic, version) => seen.set(String(clinic), Math.max(seen.get(String(clinic)) ?? 0, version));
  const isNewer = ([clinic, version]) => version > (seen.get(clinic) ?? 0);

  socket.on("connect", async () => {
    const answer = await socket.timeout(GIVE_UP).emitWithAck(...join).catch(() => undefined);
    if (!answer) return socket.connected && refused("error"); // else the connection was lost meanwhile
    if (!answer.ok) return refused(answer.code);
    outage.end();
    const current = answer.versions ?? { [answer.clinic_id]: answer.version };
    if (joinedBefore || Object.entries(current).some(isNewer)) onGap();
    else onFirstJoin?.();
    joinedBefore = true;
  });
  socket.on("connect_error", ({ message }) => socket.active || refused(message));
  socket.on("disconnect", (reason) => {
    outage.begin();
    if (reason === "io server disconnect") comeBack(SOON);
  });
  outage.begin(); // until it is connected; where that never happens, the page polls
  if (!isGuest) whenSignedOut(() => outage.putAside("signed_out", "sign_in")); // asked for before the server has let go

  function refused(code) {
    socket.disconnect();
    if (PASSING.includes(code)) return comeBack(SOON);
    if (isGuest) outage.begin();
    else if (code === "unauthorized") outage.putAside("signed_out", "sign_in");
    else outage.putAside("no_access", "load_again");
    return comeBack(NOW_AND_THEN);
  }

  /** Not all pages at the same moment. */
  function comeBack(after) {
    clearTimeout(comingBack);
    comingBack = setTimeout(() => socket.connect(), after * (0.5 + Math.random()));
  }

  function on(event, callback) {
    socket.on(event, (change) => {
      const known = seen.get(String(change.clinic_id)) ?? 0;
      if (change.version < known && OF_A_BOARD.includes(event)) return;
      if (change.version > known + 1) onGap();
      saw(change.clinic_id, change.version);
      callback(change);
    });
  }
  function rest() {
    clearTimeout(comingBack);
    socket.disconnect();
    outage.end();
  }
  return { socket, on, saw, rest };
}

function watchOutage(poll) {
  const banner = document.createElement("div");
  banner.className = "stale-banner";
  banner.setAttribute("role", "status");
  banner.hidden = true;
  document.body.append(banner);
  // What stands at the bottom of the window gives way to it: see the styles.
  const { style } = document.documentElement;
  new ResizeObserver(() => style.setProperty("--stale-banner", `${banner.offsetHeight}px`)).observe(banner);
  let since, freshAt, timer, aside;

  const say = (words) => {
    if (banner.textContent !== words) banner.textContent = words;
    banner.hidden = false;
  };
  const clock = (moment) => moment.toLocaleTimeString(locale, { timeStyle: "short" });

  async function look() {
    try {
      if (!poll) throw new Error("nothing to ask");
      await poll();
      freshAt = new Date();
      if (since) say(text("polling"));
    } catch {
      if (since) say(text("stale").replace("%s", clock(freshAt ?? since)));
    }
    banner.classList.toggle("is-calm", freshAt > since);
    if (since) timer = setTimeout(look, POLL_EVERY);
  }

  return {
    begin() {
      if (since || aside) return;
      since = new Date();
      freshAt = undefined;
      timer = setTimeout(look, BANNER_AFTER);
    },
    end() {
      if (aside) return location.reload(); // perhaps somebody else's page now
      since = undefined;
      clearTimeout(timer);
      banner.hidden = true;
    },
    /** Nothing on the page may be taken for the present state any longer. */
    putAside(words, act) {
      if (aside) return;
      aside = true;
      since = undefined;
      clearTimeout(timer);
      banner.classList.remove("is-calm");
      say(text(words));
      banner.append(again(text(act)));
      document.body.classList.add("is-put-aside");
      document.querySelector("main")?.setAttribute("inert", "");
    },
  };
}

function again(words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-primary ms-3";
  button.textContent = words;
  button.addEventListener("click", () => location.reload());
  return button;
}
