// Saves a record while it is written, and loses nothing of it: what is not saved is kept on this device, what was
// changed elsewhere meanwhile is put before the writer.
import { dropDraft, draftsOf, keepDraft } from "../modules/drafts.js";
import { locale } from "../modules/locale.js";
import { text } from "../modules/strings.js";
import { bodyOf, fieldsOf, isSendable, showIndex, tell, valuesOf } from "./fields.js";
import { merge, same } from "./merge.js";

const QUIET = 1500;
const KEEP_AFTER = 250;
const RETRY = 8000;
const OUTLIVES_THE_PAGE = 60_000; // bytes; browsers send no more of it once the page is gone
const SIGNED_OUT = [400, 401, 403];

const signsAmong = (names) => names.filter((name) => name.startsWith("vitals."));
const clock = () => new Date().toLocaleTimeString(locale, { timeStyle: "short" });

export class RecordKeeper {
  /** `onConflict` gets {name: {mine, theirs}}; `onRefused` the code of a refusal that no retry mends. */
  constructor(root, { onConflict, onRefused }) {
    Object.assign(this, { root, onConflict, onRefused });
    const { user, consultation, recordUrl } = root.dataset;
    Object.assign(this, { user, visit: consultation, url: recordUrl, tab: Math.random().toString(36).slice(2) });
    this.form = root.querySelector("[data-record]");
    this.fields = fieldsOf(root);
    this.names = Object.keys(this.fields);
    this.saved = Object.fromEntries(this.names.map((name) => [name, this.fields[name].defaultValue]));
    this.refused = {};
    this.conflict = undefined;
    this.kept = true;
    this.others = "BroadcastChannel" in window ? new BroadcastChannel(`clinicdesk:record:${this.visit}`) : undefined;
    this.listen();
    this.restore();
  }

  get revision() {
    return Number(this.form.elements.revision.value);
  }

  set revision(number) {
    this.form.elements.revision.value = number;
  }

  /** What is written here and not saved: {name: {value, base}}; a conflict stays one until it is settled. */
  get unsaved() {
    const changed = this.names.filter((name) => this.fields[name].value !== this.saved[name] || this.fields[name].validity.badInput);
    return Object.fromEntries(changed.map((name) => [name, { value: this.fields[name].value, base: this.baseOf(name) }]));
  }

  baseOf(name) {
    return this.conflict?.[name]?.base ?? this.saved[name];
  }

  get isDirty() {
    return Object.keys(this.unsaved).length > 0;
  }

  /** The first field that says what is wrong with it. */
  get marked() {
    return Object.values(this.fields).find((field) => field.hasAttribute("aria-invalid"));
  }

  listen() {
    for (const field of Object.values(this.fields)) {
      field.addEventListener("input", () => this.written(field));
      field.addEventListener("blur", () => this.left(field));
    }
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("online", () => this.isDirty && this.save());
    window.addEventListener("beforeunload", (event) => this.isDirty && !this.keep() && event.preventDefault());
    this.others?.addEventListener("message", ({ data }) => this.heard(data));
    showIndex(this.root, this.fields);
  }

  written(field) {
    for (const name of field.name.startsWith("vitals.") ? signsAmong(this.names) : [field.name]) delete this.refused[name];
    if (isSendable(field)) tell(field, "");
    showIndex(this.root, this.fields);
    if (!this.conflict) this.say("unsaved");
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_AFTER);
    this.later(QUIET);
  }

  left(field) {
    if (!isSendable(field)) tell(field, field.dataset.range);
    if (this.isDirty) this.save();
  }

  /** The page may be gone in a moment: a request outlives it, and so does what the device keeps. */
  leave() {
    if (!this.isDirty) return;
    this.keep();
    this.save();
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** Keeps on this device what is not saved; whether it could. */
  keep() {
    clearTimeout(this.keeping);
    const unsaved = this.unsaved;
    if (Object.keys(unsaved).length === 0) dropDraft(this.user, this.visit, this.tab);
    else this.kept = keepDraft(this.user, this.visit, this.tab, unsaved);
    return this.kept;
  }

  say(key, time) {
    const words = (this.said = this.isDirty && !this.kept ? text("not_kept") : text(key).replace("%s", time ?? ""));
    const line = this.root.querySelector("[data-save-state]");
    if (line.textContent !== words) line.textContent = words;
    line.classList.toggle("is-bad", key.startsWith("kept") || words === text("not_kept"));
  }

  /** Saves what is not saved and can be; one request at a time. Resolves to whether everything is saved. */
  save() {
    this.again = true;
    this.running ??= this.saveAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Once more where somebody has asked for it meanwhile, who has written more. */
  async saveAll() {
    let done;
    do {
      clearTimeout(this.timer);
      this.again = false;
      done = await this.attempt();
    } while (this.again && done !== undefined);
    return done === true;
  }

  async attempt() {
    const unsaved = this.unsaved;
    const sent = {};
    for (const [name, { value }] of Object.entries(unsaved)) {
      if (isSendable(this.fields[name]) && this.refused[name] !== value) sent[name] = value;
    }
    if (this.conflict || Object.keys(sent).length === 0) return !this.isDirty && !this.conflict;
    this.keep();
    this.say("saving");
    let answer;
    try {
      answer = await this.request("PATCH", bodyOf(sent, this.revision));
    } catch {
      return this.failed();
    }
    return this.answered(answer, sent);
  }

  request(method, values) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.form.elements.csrf_token.value };
    if (!values) return fetch(this.url, { headers, cache: "no-store" });
    const body = new Blob([JSON.stringify(values)], { type: "application/json" });
    return fetch(this.url, { method, keepalive: body.size < OUTLIVES_THE_PAGE, headers, body });
  }

  failed() {
    this.say("kept_offline");
    this.later(RETRY);
    return undefined;
  }

  async answered(answer, sent) {
    if (SIGNED_OUT.includes(answer.status)) return this.stop("signed_out");
    if (answer.status === 404) return this.stop("given_away");
    if (answer.status >= 500) return this.failed();
    const said = await answer.json();
    if (answer.ok) return this.done(said.result, sent);
    if (answer.status === 409) return said.code === "stale" ? this.reconcile() : this.stop(said.code);
    return this.wrong(said.errors ?? {}, sent);
  }

  stop(code) {
    const words = { not_with_doctor: "moved", visit_over: "moved", signed: "signed", signed_out: "signed_out", given_away: "given_away" };
    this.say(`kept_${words[code] ?? "offline"}`);
    this.onRefused(code);
    return undefined;
  }

  done(record, sent) {
    this.revision = record.revision;
    Object.assign(this.saved, sent);
    for (const name of signsAmong(this.names)) if (isSendable(this.fields[name]) && !(name in this.refused)) tell(this.fields[name], "");
    this.keep();
    this.others?.postMessage({ revision: record.revision, values: this.saved });
    const left = Object.keys(this.unsaved);
    const written = left.some((name) => isSendable(this.fields[name]) && this.refused[name] !== this.fields[name].value);
    if (written) this.later(QUIET);
    this.say(written ? "unsaved" : left.length ? "saved_in_part" : "saved", clock());
    return !this.isDirty;
  }

  /** Fields that the server refuses are marked and left out; the others are saved. Vital signs may not fit each other. */
  wrong(errors, sent) {
    const known = Object.keys(errors).filter((name) => this.fields[name]);
    const left = known.every((name) => name in sent) ? known : [...known, ...signsAmong(Object.keys(sent))];
    for (const name of known) tell(this.fields[name], errors[name].join(" "));
    for (const name of left) this.refused[name] = this.fields[name].value;
    if (known.length && Object.keys(sent).some((name) => !left.includes(name))) return this.attempt();
    this.say("saved_in_part", clock());
    return false;
  }

  /** Somebody saved meanwhile: what was changed on one side alone is put together, the rest is asked. */
  async reconcile() {
    let answer;
    try {
      answer = await this.request("GET");
      if (!answer.ok) return this.failed();
    } catch {
      return this.failed();
    }
    const record = (await answer.json()).result;
    if (record.signed_at) return this.stop("signed");
    this.adopt(record.revision, valuesOf(record, this.names));
    return this.conflict ? false : this.attempt();
  }

  /** Takes over what is saved now; what is written here stays, or is a conflict. */
  adopt(revision, theirs) {
    const mine = this.unsaved;
    const { conflicts } = merge(mine, theirs);
    this.revision = revision;
    for (const name of this.names) {
      if (!(name in mine) || same(mine[name].value, theirs[name])) this.fields[name].value = theirs[name];
      this.saved[name] = theirs[name];
    }
    if (conflicts.length) this.ask(mine, theirs, conflicts);
    showIndex(this.root, this.fields);
  }

  ask(mine, theirs, names) {
    const asked = names.map((name) => [name, { mine: mine[name].value, base: mine[name].base, theirs: theirs[name] }]);
    this.conflict = { ...this.conflict, ...Object.fromEntries(asked) };
    this.keep();
    this.say("kept_conflict");
    this.onConflict(this.conflict);
  }

  /** The writer has chosen: "mine", "theirs" or "both". */
  settle(choice) {
    for (const [name, { mine, theirs }] of Object.entries(this.conflict)) {
      const both = this.fields[name].type === "number" || !theirs || !mine ? mine || theirs : `${theirs}\n\n${mine}`;
      this.fields[name].value = { mine, theirs, both }[choice];
    }
    this.conflict = undefined;
    this.keep();
    return this.save();
  }

  /** Another tab has saved. */
  heard({ revision, values }) {
    if (revision <= this.revision || this.conflict) return;
    if (merge(this.unsaved, values).conflicts.length === 0) this.adopt(revision, values);
    else this.save();
  }

  /** Brings back what an earlier page could not save; of two texts for one field the older waits for the next time. */
  restore() {
    const current = { ...this.saved };
    const back = new Set();
    for (const { tab, fields } of draftsOf(this.user, this.visit)) {
      const mine = Object.fromEntries(Object.entries(fields).filter(([name]) => this.fields[name]));
      const { kept, conflicts } = merge(mine, current);
      const names = [...kept, ...conflicts];
      if (names.some((name) => back.has(name) && !same(this.fields[name].value, mine[name].value))) continue;
      for (const name of names) {
        this.fields[name].value = mine[name].value;
        back.add(name);
      }
      if (conflicts.length) this.ask(mine, current, conflicts);
      if (this.keep()) dropDraft(this.user, this.visit, tab);
    }
    if (!this.isDirty) return;
    showIndex(this.root, this.fields);
    if (!this.conflict) this.say("restored");
    this.save();
  }

  /** Everything is saved, or it says what is wrong: before the record is signed, or the patient waits again. */
  async flush() {
    const bad = Object.values(this.fields).find((field) => !isSendable(field));
    if (bad) tell(bad, bad.dataset.range);
    const saved = await this.save();
    const wrong = bad ?? this.marked;
    if (wrong) wrong.focus();
    return saved && !wrong && !this.isDirty;
  }

  /** Nothing is left to keep: the record is signed. */
  forget() {
    draftsOf(this.user, this.visit).forEach(({ tab }) => dropDraft(this.user, this.visit, tab));
    this.names.forEach((name) => (this.saved[name] = this.fields[name].value));
  }
}
