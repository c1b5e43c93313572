// Text that could not be saved yet, kept on this device by user and visit until it is: a lost connection or a closed
// tab takes nothing away. It is not encrypted here: it goes as soon as it is saved, at sign-out, and after a week.
const PREFIX = "clinicdesk:record:";
const LONGEST_KEPT = 7 * 24 * 3600 * 1000;
let signingOut = false; // a page that is left would keep its text once more

const keyOf = (user, visit, tab) => `${PREFIX}${user}:${visit}:${tab}`;

function keys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return []; // a browser that keeps nothing
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return undefined;
  }
}

/** Keeps `fields` ({name: {value, base}}) of this tab; whether the device took it. */
export function keepDraft(user, visit, tab, fields) {
  if (signingOut) return true;
  try {
    localStorage.setItem(keyOf(user, visit, tab), JSON.stringify({ at: Date.now(), fields }));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(user, visit, tab) {
  keys(keyOf(user, visit, tab)).forEach((key) => localStorage.removeItem(key));
}

/** What is kept of a visit, the newest first: {tab, at, fields}. */
export function draftsOf(user, visit) {
  const prefix = keyOf(user, visit, "");
  const found = keys(prefix).map((key) => ({ tab: key.slice(prefix.length), ...read(key) }));
  return found.filter((draft) => draft.fields).sort((one, other) => other.at - one.at);
}

/** Whether anything of this user is kept and not saved. */
export const hasDrafts = (user) => keys(`${PREFIX}${user}:`).length > 0;

/** Takes away what is older than a week, whoever wrote it. */
export function dropOldDrafts() {
  for (const key of keys(PREFIX)) if (!(Date.now() - read(key)?.at < LONGEST_KEPT)) localStorage.removeItem(key);
}

/** At sign-out nothing stays; where something is not saved yet, `ask` is asked first. */
export function forgetAtSignOut(ask) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-sign-out]");
    if (!link || keys(PREFIX).length === 0) return;
    event.preventDefault();
    if (!(await ask())) return;
    signingOut = true;
    keys(PREFIX).forEach((key) => localStorage.removeItem(key));
    location.assign(link.href);
  });
}
