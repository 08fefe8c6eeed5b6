// The keyboard. Single letters act only when nothing is being written and no dialog is open.
const GO = { o: "/", a: "/agents/", i: "/invocations/", r: "/routing/", u: "/guardrails/" };

export function writing(element) {
  return element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

function stepRow(step) {
  const links = [...document.querySelectorAll(".row-link, [data-row]")].filter((link) => link.offsetParent !== null);
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))] ?? links[0];
  next.focus();
  return true;
}

export function startKeys() {
  let wentAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form") ?? document.querySelector("dialog[open] form");
      const button = form?.querySelector("button.primary:not([disabled])");
      if (button) {
        event.preventDefault();
        button.click();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (Date.now() - wentAt < 1200 && GO[event.key]) {
      location.assign(GO[event.key]);
    } else if (event.key === "/") {
      const search = document.querySelector("[data-search-first]") ?? document.querySelector("[data-search]");
      search?.focus();
      search?.select();
    } else if (event.key === "?") {
      document.getElementById("keys-help")?.showModal();
    } else if (event.key === "j" || event.key === "k") {
      if (event.defaultPrevented || !stepRow(event.key === "j" ? 1 : -1)) return;
    } else {
      wentAt = event.key === "g" ? Date.now() : 0;
      return;
    }
    event.preventDefault();
  });
}
