// The session of whoever looks at the page.
const ENDED = "clinicdesk:signed-out";

/** Has `act` be done when an answer says that the session has ended, instead of asking to sign in at once. */
export function whenSignedOut(act) {
  document.addEventListener(ENDED, (event) => {
    event.preventDefault();
    act();
  });
}

/** Waits for ever where an answer says so: nothing is to be made of it. */
export async function ensureSignedIn(answer) {
  if (answer.status !== 401) return;
  if (document.dispatchEvent(new Event(ENDED, { cancelable: true }))) location.reload();
  await new Promise(() => {});
}
