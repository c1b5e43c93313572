// The fields of a record on the page: their values, what is wrong with them, and the body mass index.
import { locale } from "../modules/locale.js";

/** Every field by its name. */
export const fieldsOf = (root) => Object.fromEntries([...root.querySelectorAll("[data-field]")].map((field) => [field.name, field]));

const isNumber = (field) => field.type === "number";

/** Whether the field can be sent: a number within its range, or nothing. */
export const isSendable = (field) => !isNumber(field) || (!field.validity.badInput && !field.validity.rangeUnderflow && !field.validity.rangeOverflow);

/** The body of a save: vital signs stand together. */
export function bodyOf(values, revision) {
  const body = { revision };
  for (const [name, value] of Object.entries(values)) {
    const sign = name.startsWith("vitals.") && name.slice("vitals.".length);
    if (sign) (body.vitals ??= {})[sign] = value === "" ? null : value;
    else body[name] = value;
  }
  return body;
}

/** A record as the server answers it, by the names of the fields. */
export function valuesOf(record, names) {
  const value = (name) => (name.startsWith("vitals.") ? record.vitals[name.slice("vitals.".length)] : record[name]);
  return Object.fromEntries(names.map((name) => [name, String(value(name) ?? "")]));
}

/** Says beside a field what is wrong with it; "" that nothing is. */
export function tell(field, message) {
  const box = field.closest(".form-field");
  box.classList.toggle("is-wrong", message !== "");
  box.querySelector("[data-problem]").textContent = message;
  if (message) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Shows the body mass index of what is typed. */
export function showIndex(root, fields) {
  const line = root.querySelector("[data-bmi-line]");
  const [weight, height] = ["vitals.weight", "vitals.height"].map((name) => fields[name]);
  const known = line && [weight, height].every((field) => field.value !== "" && isSendable(field));
  if (!line) return;
  line.hidden = !known;
  if (!known) return;
  const index = Number(weight.value) / (Number(height.value) / 100) ** 2;
  line.querySelector("[data-bmi]").textContent = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(index);
}
