// What every page has: theme, dialogs, copying, keys, times. Pages add their own modules.
import { startDialogs } from "./dialogs.js";
import { startEditors } from "./editor.js";
import { startKeys } from "./keys.js";
import { startTimes } from "./times.js";

function startTheme() {
  const root = document.documentElement;
  for (const group of document.querySelectorAll("[data-theme-switch]")) {
    const show = () => {
      for (const button of group.children) button.setAttribute("aria-pressed", String(button.value === root.dataset.theme));
    };
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      root.dataset.theme = button.value;
      document.cookie = `theme=${button.value}; path=/; max-age=31536000; samesite=lax`;
      show();
    });
    show();
  }
}

// <button data-copy="#selector"> copies that element's text; data-copy-text copies the attribute itself.
function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = source ? (source.value ?? source.textContent) : button.dataset.copyText;
    const label = button.querySelector("[data-copy-label]") ?? button;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = gettext("Copied");
    } catch {
      label.textContent = gettext("Select and copy by hand");
    }
    setTimeout(() => (label.textContent = before), 1600);
  });
}

// Menus close when one clicks or tabs elsewhere, or presses Escape.
function startMenus() {
  const close = (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  };
  document.addEventListener("pointerdown", close);
  document.addEventListener("focusin", close);
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A filter form sends itself when a choice changes; its button remains for the search text.
function startAutoSubmit() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-auto-submit] select, form[data-auto-submit] input[type=checkbox]")) {
      event.target.form.requestSubmit();
    }
  });
}

// On a narrow screen navigation and tabs are strips; the current place is scrolled into sight.
function startNav() {
  for (const strip of document.querySelectorAll(".sidenav, .tabs")) {
    const here = strip.querySelector("[aria-current]")?.getBoundingClientRect();
    const box = strip.getBoundingClientRect();
    if (here) strip.scrollLeft += here.left - box.left - (box.width - here.width) / 2;
  }
}

startNav();
startTheme();
startAutoSubmit();
startCopying();
startMenus();
startDialogs();
startEditors();
startKeys();
startTimes();
