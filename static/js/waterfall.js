// The waterfall of one invocation: tree left, bars right, on one time axis. It draws a TraceState and grows with it.
import { element, icon } from "./live.js";
import { milliseconds } from "./times.js";

const ICONS = { request: "invocations", admit: "check", guardrail: "guardrails", route: "routing", queue: "clock", attempt: "box",
  sandbox: "box", capability: "plug", settle: "flag", custom: "chevron" };

export class Waterfall {
  // `nowUs` is the server's clock, so that an open bar ends where "now" is over there; null: as the first event says.
  constructor(root, state, { nowUs = null, selected = null, onSelect = () => {}, onDraw = () => {} } = {}) {
    this.state = state;
    this.lines = new Map();
    this.axis = root.querySelector("[data-axis]");
    this.list = root.querySelector("[data-rows]");
    this.skew = nowUs === null ? null : nowUs - Date.now() * 1000;
    this.onDraw = onDraw;
    this.drawn = false;
    this.over = false;
    this.selected = selected;
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-span]");
      if (button) onSelect(button.dataset.span);
    });
  }

  // Something was added to the state: draw before the next frame, once.
  changed(event) {
    this.skew ??= event ? event.at - Date.now() * 1000 : 0;
    if (this.drawn) return;
    this.drawn = true;
    requestAnimationFrame(() => {
      this.drawn = false;
      this.draw();
    });
  }

  startOf() {
    return this.state.spans.get(this.state.rootId)?.start ?? Math.min(...[...this.state.spans.values()].map((span) => span.start));
  }

  draw() {
    const rows = this.state.rows();
    if (!rows.length) return;
    const now = Date.now() * 1000 + (this.skew ?? 0);
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
    this.onDraw(this.state.spans.get(this.selected) ?? rows[0].span, start, now);
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

  // While it runs, bars grow by themselves between events; `stop` ends that for a waterfall nobody looks at any more.
  tick() {
    if (this.state.settled || this.over) return;
    this.draw();
    setTimeout(() => requestAnimationFrame(() => this.tick()), 100);
  }

  stop() {
    this.over = true;
  }
}
