// The list: rows do not jump. What arrives is counted in a pill; a row that is shown learns how it ended.
import { badge, feed } from "./live.js";
import { milliseconds } from "./times.js";

const filter = JSON.parse(document.getElementById("live").textContent);
const pill = document.querySelector("[data-new]");
const link = pill.querySelector("a");
const fresh = new Set();

// The one time filters of the form are relative; the URL and the server want a moment.
document.querySelector("form.filters").addEventListener("formdata", (event) => {
  const minutes = event.formData.get("last");
  event.formData.delete("last");
  if (minutes) event.formData.set("since", new Date(Date.now() - minutes * 60000).toISOString());
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

function counts(type, invocation) {
  if (!filter.counting || (filter.agent && invocation.agent !== filter.agent)) return false;
  if (filter.error && invocation.error_code !== filter.error) return false;
  if (filter.status) return invocation.status === filter.status;
  return type === "accepted" || !filter.error || invocation.error_code === filter.error;
}

function showEnd(row, invocation) {
  row.querySelector("[data-state]").replaceWith(badge(invocation.status));
  row.querySelector("[data-total]").textContent = milliseconds(invocation.total_ms);
  row.querySelector("[data-error]").textContent = invocation.error_code ?? "";
}

feed(({ type, invocation }) => {
  if (type === "missed") return;
  const row = document.querySelector(`[data-invocation="${invocation.id}"]`);
  if (row) return type === "settled" ? showEnd(row, invocation) : undefined;
  if (!counts(type, invocation)) return;
  fresh.add(invocation.id);
  link.querySelector("span").textContent = interpolate(ngettext("%(n)s new", "%(n)s new", fresh.size), { n: fresh.size }, true);
  pill.hidden = false;
});
link.addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
