// What the calendar asks of the server. An answer is {ok, status, body}; without a connection the toast says so.
import { ensureSignedIn } from "../modules/session.js";
import { text } from "../modules/strings.js";
import { toast } from "../modules/toast.js";

let token;
export const useToken = (value) => (token = value);

/** Posts JSON as the page's user. */
export async function post(url, body = {}) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    return await read(answer);
  } catch {
    toast(text("not_sent"), "danger");
    return { ok: false, status: 0, body: {} };
  }
}

/** Gets JSON; the browser's cache answers where nothing has changed. Rejects when it fails. */
export async function get(url) {
  const answer = await read(await fetch(url, { cache: "no-cache", headers: { Accept: "application/json" } }));
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.body;
}

async function read(answer) {
  await ensureSignedIn(answer);
  return { ok: answer.ok, status: answer.status, body: await answer.json() };
}

const TAKEN = ["slot_taken", "outside_availability"];
/** Whether a refusal may be overruled by a reason to overbook. */
export const canOverbook = (answer) => answer.status === 409 && TAKEN.includes(answer.body.code);
