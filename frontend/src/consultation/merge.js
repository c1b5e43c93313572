// What becomes of a field that was written here and elsewhere. Pure: no page, no network.

/** Whether two values are the same to the server, which tidies blanks and numbers. */
export function same(one, other) {
  const plain = (value) => String(value ?? "").normalize("NFC").replace(/\s+/g, " ").trim();
  if (plain(one) === plain(other)) return true;
  const numbers = [one, other].map((value) => (plain(value) === "" ? NaN : Number(plain(value).replace(",", "."))));
  return numbers[0] === numbers[1];
}

/**
 * `mine` is {name: {value, base}}: what was written upon which saved value. `theirs` is what is saved now, by name.
 * Answers {mine, conflicts}: names to be kept as they are here, and names that were changed on both sides.
 */
export function merge(mine, theirs) {
  const kept = [];
  const conflicts = [];
  for (const [name, { value, base }] of Object.entries(mine)) {
    if (!(name in theirs) || same(value, theirs[name])) continue;
    (same(base, theirs[name]) ? kept : conflicts).push(name);
  }
  return { kept, conflicts };
}
