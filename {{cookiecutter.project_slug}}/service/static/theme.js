// Light or dark: as the system, or as chosen with the switch in the navigation bar.
// Loaded in `<head>` without `defer`, so that no page is shown in the wrong theme first.
(() => {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  // A cookie, because logging out deletes the rest of the site data.
  function storedTheme() {
    return document.cookie.match(/(?:^|; )theme=(dark|light)/)?.[1] ?? null;
  }

  // The theme of the system is not stored, so that the site follows the system again.
  function storeTheme(theme) {
    const maxAge = theme === systemTheme() ? 0 : 31536000;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=${maxAge}; SameSite=Lax${secure}`;
  }

  function systemTheme() {
    return systemIsDark.matches ? "dark" : "light";
  }

  function showTheme(theme) {
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme; // [template] if bootstrap
    document.getElementById("theme-switch")?.setAttribute("aria-pressed", theme === "dark");
  }

  function showStoredTheme() {
    showTheme(storedTheme() ?? systemTheme());
  }

  function enableSwitch() {
    const button = document.getElementById("theme-switch");
    button.hidden = false;
    button.addEventListener("click", () => {
      const theme = root.dataset.theme === "dark" ? "light" : "dark";
      storeTheme(theme);
      showTheme(theme);
    });
    showStoredTheme();
  }

  showStoredTheme();
  systemIsDark.addEventListener("change", showStoredTheme);
  // Another tab has changed the theme, or the browser shows this page again after "Back".
  addEventListener("visibilitychange", showStoredTheme);
  addEventListener("pageshow", showStoredTheme);
  addEventListener("DOMContentLoaded", enableSwitch);
})();
