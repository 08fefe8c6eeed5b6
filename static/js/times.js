// <time data-ago>: how long ago, kept current; the exact time in the reader's zone as its title. The words are those
// of neuroflow_site/templatetags/console.py, so that nothing jumps when this starts.
export function ago(date, now = Date.now()) {
  const seconds = Math.max(0, Math.floor((now - date.getTime()) / 1000));
  if (seconds < 10) return gettext("just now");
  if (seconds < 60) return interpolate(gettext("%(n)s s ago"), { n: seconds }, true);
  if (seconds < 3600) return interpolate(gettext("%(n)s min ago"), { n: Math.floor(seconds / 60) }, true);
  if (seconds < 86400) return interpolate(gettext("%(n)s h ago"), { n: Math.floor(seconds / 3600) }, true);
  const days = Math.floor(seconds / 86400);
  if (days < 7) return interpolate(ngettext("%(n)s day ago", "%(n)s days ago", days), { n: days }, true);
  return date.toISOString().slice(0, 10);
}

export function milliseconds(value) {
  if (value === null || value === undefined) return "—";
  if (value < 10) return `${value.toFixed(2)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  if (value < 60000) return `${(value / 1000).toFixed(2)} s`;
  return `${Math.floor(value / 60000)} min ${Math.round((value % 60000) / 1000)} s`;
}

function refresh() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const date = new Date(element.dateTime);
    const text = ago(date);
    if (element.textContent !== text) element.textContent = text;
    if (!element.dataset.local) {
      element.dataset.local = "1";
      element.title = date.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" });
    }
  }
}

export function startTimes() {
  refresh();
  setInterval(refresh, 5000);
  document.addEventListener("htmx:afterSwap", refresh);
}
