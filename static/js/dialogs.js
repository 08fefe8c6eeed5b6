// Dialogs: those in the page (data-dialog-open="id"), and #dialog, which htmx fills from a server's form.
export function startDialogs() {
  document.querySelector("dialog[data-open]")?.showModal(); // a form that was refused comes back open
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      document.getElementById(opener.dataset.dialogOpen).showModal();
      opener.closest("details.menu")?.removeAttribute("open");
      return;
    }
    const dialog = event.target.closest("dialog");
    if (!dialog) return;
    // A click on the backdrop is a click on the dialog itself, outside its box.
    const box = dialog.getBoundingClientRect();
    const outside = event.target === dialog &&
      (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom);
    if (outside || event.target.closest("[data-dialog-close]")) {
      if (event.target.closest("a[data-dialog-close]")) event.preventDefault();
      dialog.close();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.target;
    if (dialog.id === "dialog" && dialog.childElementCount && !dialog.open) dialog.showModal();
  });
  // A refused form comes back with its reasons and the status that says so; show it all the same.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if ([400, 403, 409, 422].includes(xhr.status) && xhr.getResponseHeader("content-type")?.startsWith("text/html")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  // A session that ended while the page stood open: go and log in rather than draw the login page in a corner.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const url = event.detail.xhr.responseURL;
    if (url && new URL(url).pathname === "/login/") {
      event.preventDefault();
      location.assign(`/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
    }
  });
}
