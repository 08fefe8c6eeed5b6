// One run in the playground: its state, answer, verdicts, use of its limits, trace and log, as they come.
import { api, badge, element, follow, icon } from "./live.js";
import { jsonTree } from "./json-tree.js";
import { LogLines } from "./log-lines.js";
import { milliseconds } from "./times.js";
import { TraceState } from "./trace-state.js";
import { usageMeters } from "./usage.js";
import { Waterfall } from "./waterfall.js";

const OPEN = ["queued", "running"];

export class RunPane {
  // Cloned from <template id="run-pane">; `limits` are those of the agent, by name.
  constructor(limits) {
    this.element = document.getElementById("run-pane").content.firstElementChild.cloneNode(true);
    this.limits = limits;
    this.invocation = null;
    this.end = () => {};
    this.part("stop").addEventListener("click", () => this.stop());
  }

  part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  get isOpen() {
    return this.invocation !== null && OPEN.includes(this.invocation.status);
  }

  // Sends the request and follows it to its end. Gives {invocation} or {refused: {status, code, message, detail}}.
  async run(body) {
    this.clear();
    const { status, answer } = await api("/invocations/", { method: "POST", body: { ...body, wait: 0 } });
    const invocation = answer.id ? answer : answer.invocation;
    if (!invocation) {
      this.state(null);
      return { refused: { status, message: `HTTP ${status}`, ...answer.error } };
    }
    this.invocation = invocation;
    this.element.dataset.id = invocation.id;
    this.part("trace").href = `/invocations/${invocation.id}/`;
    this.part("trace").hidden = false;
    this.part("version").textContent = invocation.version ? `v${invocation.version}` : "";
    this.state(invocation.status);
    await this.#follow(invocation);
    return { invocation: this.invocation };
  }

  stop() {
    if (!this.isOpen) return;
    this.part("stop").disabled = true;
    api(`/invocations/${this.invocation.id}/cancel/`, { method: "POST", body: {} });
  }

  clear() {
    this.end();
    this.waterfall?.stop();
    this.invocation = null;
    for (const name of ["answer", "verdicts", "usage", "timing", "logs", "version"]) this.part(name).replaceChildren();
    this.part("rows").replaceChildren();
    for (const name of ["copy", "log-section", "trace-section", "usage-section", "trace", "verdicts"]) this.part(name).hidden = true;
    this.state("queued");
    this.part("answer").replaceChildren(element("p", { class: "muted" }, gettext("Sent; waiting for the answer…")));
    this.part("before").hidden = true;
    this.part("after").hidden = false;
  }

  state(state) {
    this.part("state").replaceChildren(...(state ? [badge(state)] : []));
    this.part("stop").hidden = !OPEN.includes(state);
    this.part("stop").disabled = false;
    if (state === null) {
      this.part("before").hidden = false;
      this.part("after").hidden = true;
    }
  }

  #follow(invocation) {
    const state = new TraceState();
    const logs = new LogLines(this.part("logs"));
    const waterfall = new Waterfall(this.element, state, { onSelect: (id) => window.open(`/invocations/${invocation.id}/#span=${id}`, "_self") });
    this.waterfall = waterfall;
    return new Promise((resolve) => {
      const finish = async () => {
        const { answer } = await api(`/invocations/${invocation.id}/`);
        if (this.invocation?.id === invocation.id) {
          this.invocation = answer;
          this.#finish(answer);
        }
        resolve();
      };
      this.end = follow(invocation.id, 0, (event) => {
        state.apply(event);
        waterfall.changed(event);
        this.part("trace-section").hidden = false;
        if (event.kind === "started") {
          this.state("running");
          if (event.data.version) this.part("version").textContent = `v${event.data.version}`;
        }
        if (event.kind === "log" || event.kind === "retried") {
          this.part("log-section").hidden = false;
          for (const line of state.logs.slice(logs.count)) logs.add(line, waterfall.startOf());
        }
        if (event.kind === "settled") finish();
      });
      waterfall.tick();
    });
  }

  #finish(invocation) {
    this.state(invocation.status);
    const { total_ms: total, sandbox_ms: sandbox, queued_ms: queued } = invocation.timing;
    this.part("timing").textContent = sandbox === null ? milliseconds(total)
      : interpolate(gettext("%(total)s in all, %(queued)s waiting, %(sandbox)s in the sandbox"),
        { total: milliseconds(total), queued: milliseconds(queued), sandbox: milliseconds(sandbox) }, true);
    this.#answer(invocation);
    this.#verdicts(invocation.verdicts);
    const meters = invocation.usage ? usageMeters(invocation.usage, invocation.timing, this.limits) : [];
    this.part("usage").replaceChildren(...meters);
    this.part("usage-section").hidden = !meters.length;
  }

  #answer({ success, data, error }) {
    const answer = this.part("answer");
    if (success) {
      answer.replaceChildren(jsonTree(data));
      this.part("copy").hidden = false;
      this.part("copy").dataset.copyText = typeof data === "string" ? data : JSON.stringify(data, null, 2);
      return;
    }
    const { code, message, detail = {} } = error ?? {};
    const { traceback, ...rest } = detail ?? {};
    const tone = code === "blocked_by_guardrail" || code === "cancelled" ? "warn" : "bad";
    answer.replaceChildren(
      element("div", { class: `note ${tone}`, role: "alert" }, icon("warning"),
        element("div", {}, element("strong", { class: "mono" }, code), element("p", {}, message))),
      ...(traceback ? [element("pre", { class: "code", tabindex: "0", "aria-label": gettext("Traceback") }, traceback)] : []),
      ...(!traceback && Object.keys(rest).length ? [element("pre", { class: "code wrap", tabindex: "0", "aria-label": gettext("Details") }, JSON.stringify(rest, null, 2))] : []),
    );
  }

  #verdicts(verdicts) {
    const list = this.part("verdicts");
    list.hidden = !verdicts.length;
    list.replaceChildren(...verdicts.map((verdict) => element("li", {}, badge(verdict.action),
      element("code", {}, verdict.rule), element("span", { class: "muted" },
        [verdict.direction === "output" ? gettext("output") : gettext("input"), verdict.type, verdict.message].filter(Boolean).join(" · ")))));
  }
}
