// The page of one invocation: the waterfall, its details, the log lines; live while it runs.
import { follow, element, icon } from "./live.js";
import { LogLines } from "./log-lines.js";
import { SpanDetails } from "./span-details.js";
import { milliseconds } from "./times.js";
import { TraceState } from "./trace-state.js";

const ICONS = { request: "invocations", admit: "check", guardrail: "guardrails", route: "routing", queue: "clock", attempt: "box",
  sandbox: "box", capability: "plug", settle: "flag", custom: "chevron" };

class Waterfall {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.state = new TraceState(page.root_span_id);
    this.lines = new Map();
    this.axis = root.querySelector("[data-axis]");
    this.list = root.querySelector("[data-rows]");
    this.logs = new LogLines(document.querySelector("[data-logs]"));
    this.details = new SpanDetails(document.querySelector("[data-details]"), this.state, page);
    // The server's clock minus ours, so that an open bar ends where "now" is over there.
    this.skew = page.now_us - Date.now() * 1000;
    this.drawn = false;
    this.selected = new URLSearchParams(location.hash.slice(1)).get("span");
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-span]");
      if (button) this.select(button.dataset.span);
    });
    window.addEventListener("hashchange", () => {
      this.selected = new URLSearchParams(location.hash.slice(1)).get("span");
      this.draw();
    });
  }

  take(event) {
    const logged = this.state.logs.length;
    this.state.apply(event);
    for (const line of this.state.logs.slice(logged)) this.logs.add(line, this.startOf());
    if (this.state.logs.length) {
      this.logs.list.hidden = false;
      this.logs.list.closest("section").querySelector("[data-no-logs]").hidden = true;
    }
    if (!this.drawn) {
      this.drawn = true;
      requestAnimationFrame(() => {
        this.drawn = false;
        this.draw();
      });
    }
  }

  startOf() {
    return this.state.spans.get(this.state.rootId)?.start ?? Math.min(...[...this.state.spans.values()].map((span) => span.start));
  }

  select(id) {
    this.selected = id;
    history.replaceState(null, "", `#span=${id}`);
    this.draw();
  }

  draw() {
    const rows = this.state.rows();
    if (!rows.length) return;
    const now = Date.now() * 1000 + this.skew;
    const start = Math.min(...rows.map(({ span }) => span.start));
    const end = Math.max(start + 1, ...rows.map(({ span }) => span.end ?? Math.max(now, span.start)));
    const whole = end - start;
    this.drawAxis(whole);
    const kept = new Set();
    rows.forEach(({ span, depth }, index) => {
      kept.add(span.id);
      const line = this.lines.get(span.id) ?? this.makeLine(span);
      this.fill(line, span, depth, start, whole, now);
      if (this.list.children[index] !== line.item) this.list.insertBefore(line.item, this.list.children[index] ?? null);
    });
    for (const [id, line] of this.lines) {
      if (!kept.has(id)) {
        line.item.remove();
        this.lines.delete(id);
      }
    }
    const shown = this.state.spans.get(this.selected) ?? rows[0].span;
    this.details.show(shown, start, now);
  }

  makeLine(span) {
    const bar = element("span", { class: "bar" });
    const time = element("span", { class: "time" });
    const label = element("span", { class: "label" });
    const button = element("button", { type: "button", class: "span-row", "data-span": span.id, "data-row": true },
      label, element("span", { class: "track" }, bar, time));
    const line = { item: element("li", {}, button), button, bar, time, label, drawnAs: "" };
    this.lines.set(span.id, line);
    return line;
  }

  fill(line, span, depth, start, whole, now) {
    const end = span.end ?? Math.max(now, span.start);
    const length = milliseconds((end - span.start) / 1000);
    const from = ((span.start - start) / whole) * 100;
    const width = Math.max(0, ((end - span.start) / whole) * 100);
    line.bar.style.left = `${Math.min(99.7, from)}%`;
    line.bar.style.width = `max(${width}%, 2px)`;
    // The time stands behind the bar where there is room, else before it, else inside.
    const after = from + width < 80;
    line.time.classList.toggle("before", !after);
    line.time.classList.toggle("inside", !after && from < 20);
    line.time.style.left = after ? `${from + width}%` : "auto";
    line.time.style.right = after ? "auto" : from < 20 ? `${100 - from - width}%` : `${100 - from}%`;
    if (line.time.textContent !== length) line.time.textContent = length;
    line.button.setAttribute("aria-pressed", String(span.id === (this.selected ?? this.state.rootId)));
    const drawnAs = `${span.kind} ${span.status} ${span.name} ${depth}`;
    if (line.drawnAs !== drawnAs) {
      line.drawnAs = drawnAs;
      line.bar.className = `bar ${span.kind} ${span.status}`;
      line.label.replaceChildren(icon(ICONS[span.kind] ?? "chevron"), element("span", { class: "clip" }, span.name));
      if (span.status === "error") line.label.append(icon("warning"));
      line.label.style.paddingInlineStart = `${depth * 0.9}rem`;
      line.button.classList.toggle("wrong", span.status === "error");
    }
    const state = span.status === "error" ? gettext("failed") : span.status === "running" ? gettext("running") : "";
    line.button.setAttribute("aria-label", [span.name, length, state].filter(Boolean).join(", "));
  }

  drawAxis(whole) {
    const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => milliseconds((whole * share) / 1000));
    const text = marks.join("|");
    if (this.axis.dataset.text === text) return;
    this.axis.dataset.text = text;
    this.axis.replaceChildren(...marks.map((mark) => element("span", {}, mark)));
  }

  // While it runs, bars grow by themselves between events.
  tick() {
    if (this.state.settled) return;
    this.draw();
    setTimeout(() => requestAnimationFrame(() => this.tick()), 100);
  }
}

const page = JSON.parse(document.getElementById("trace-page").textContent);
const waterfall = new Waterfall(document.querySelector("[data-waterfall]"), page);
for (const event of page.events) waterfall.take(event);
waterfall.draw();

if (!waterfall.state.settled) {
  const note = document.querySelector("[data-connection]");
  let told = "";
  follow(page.id, waterfall.state.seq, (event) => {
    waterfall.take(event);
    // The server draws head and outcome; it is asked when they have changed.
    if (["started", "settled"].includes(event.kind) && told !== event.kind) {
      told = event.kind;
      htmx.ajax("GET", location.pathname, { target: "#outcome", swap: "outerHTML" });
    }
    if (event.kind === "settled") note.hidden = true;
  }, { onState: (open) => (note.hidden = open) });
  waterfall.tick();
}
