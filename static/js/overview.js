// The overview: a crosshair shared by the charts, a click leads to the invocations behind a point, and live figures.
import { feed } from "./live.js";
import { milliseconds } from "./times.js";

const REFRESH_MS = 2000;
const IDLE_MS = 15000;

function points() {
  return JSON.parse(document.getElementById("points").textContent);
}

function label(kind, point) {
  const time = new Date(point.since).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const said = {
    requests: () => interpolate(gettext("%(requests)s requests, %(failed)s failed, %(blocked)s blocked"), point, true),
    errors: () => (point.requests ? interpolate(gettext("%(share)s failed"), { share: `${((100 * point.failed) / point.requests).toPrecision(3)} %` }, true) : "—"),
    durations: () => `p50 ${milliseconds(point.p50)} · p95 ${milliseconds(point.p95)}`,
  }[kind]();
  return `${time}  ${said}`;
}

function place(event) {
  const box = event.target.closest?.("[data-chart]");
  if (!box) return null;
  const all = points();
  const bounds = box.getBoundingClientRect();
  const index = Math.floor(((event.clientX - bounds.left) / bounds.width) * all.length);
  return { all, index: Math.max(0, Math.min(all.length - 1, index)) };
}

function clear() {
  for (const made of document.querySelectorAll(".cross, .tip")) made.remove();
}

document.addEventListener("pointermove", (event) => {
  const at = place(event);
  clear();
  if (!at) return;
  const share = (at.index + 0.5) / at.all.length;
  for (const box of document.querySelectorAll("[data-chart]")) {
    const cross = document.createElement("span");
    cross.className = "cross";
    cross.style.left = `${share * 100}%`;
    const tip = document.createElement("span");
    tip.className = "tip";
    tip.textContent = label(box.dataset.chart, at.all[at.index]);
    if (share < 0.5) tip.style.left = `calc(${share * 100}% + 8px)`;
    else tip.style.right = `calc(${(1 - share) * 100}% + 8px)`;
    box.append(cross, tip);
  }
});
document.addEventListener("click", (event) => {
  const at = place(event);
  if (!at) return;
  const point = at.all[at.index];
  const query = new URLSearchParams({ since: point.since, until: point.until });
  const agent = new URLSearchParams(location.search).get("agent");
  if (agent) query.set("agent", agent);
  location.assign(`/invocations/?${query}`);
});

function clocks() {
  for (const time of document.querySelectorAll("time[data-clock]")) {
    const date = new Date(time.dateTime);
    const old = Date.now() - date.getTime() > 20 * 3600 * 1000;
    time.textContent = date.toLocaleString(document.documentElement.lang, old ? { dateStyle: "short", timeStyle: "short" } : { timeStyle: "short" });
  }
}

let timer = 0;
let refreshedAt = Date.now();

// Many requests at once are one refresh; without any, time itself moves the charts.
function refreshIn(wait) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (document.hidden) return refreshIn(IDLE_MS);
    refreshedAt = Date.now();
    await htmx.ajax("GET", location.pathname + location.search, { target: "#overview", swap: "outerHTML" });
    clocks();
    refreshIn(IDLE_MS);
  }, wait);
}

clocks();
refreshIn(IDLE_MS);
const dot = document.querySelector("[data-live-dot]");
feed(() => refreshIn(Math.max(150, REFRESH_MS - (Date.now() - refreshedAt))), {
  onState: (open) => {
    dot.classList.toggle("off", !open);
    dot.firstElementChild.textContent = open ? gettext("live") : gettext("not connected");
  },
});
