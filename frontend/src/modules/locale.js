// The page's locale for Intl, with the digits and the calendar that the server writes.
export const locale = new Intl.Locale(document.documentElement.lang || "en", { numberingSystem: "latn", calendar: "gregory" });
