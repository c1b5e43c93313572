// Light or dark: the choice is a cookie, so that the server draws the page right at once.
const YEAR = 365 * 24 * 60 * 60;

export function enhanceTheme() {
  const root = document.documentElement;
  document.querySelectorAll("[data-theme-toggle]").forEach((button) =>
    button.addEventListener("click", () => {
      const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      root.dataset.bsTheme = theme;
      document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
    }),
  );
}
