// What one knows of an invocation after its events 1 to n. Applying them one by one, or all at once from the stored
// record, ends in the same state; only this file turns events into spans, logs and verdicts.
export class TraceState {
  // Without a `rootId` (a request that was only just sent) a name stands for the root span until it is told.
  constructor(rootId = null) {
    this.rootId = rootId ?? "root";
    this.adopts = rootId === null;
    this.spans = new Map();
    this.logs = [];
    this.metrics = [];
    this.seq = 0;
    this.attempt = 0;
    this.settled = null;
  }

  apply(event) {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.attempt = Math.max(this.attempt, event.attempt);
    const { kind, data, at } = event;
    if (kind === "span" || kind === "span_start" || kind === "span_end") this.#span(kind, data, event.attempt);
    else if (kind === "accepted") this.#open(this.rootId, "", gettext("request"), "request", at, 0);
    else if (kind === "queued") this.#open("waiting", this.rootId, gettext("queue"), "queue", at, 0);
    else if (kind === "waits") Object.assign(this.spans.get("waiting")?.attributes ?? {}, { waits: data.reason });
    else if (kind === "log") this.logs.push({ at, level: data.level ?? "info", stream: data.stream, message: data.message ?? "", fields: data.fields });
    else if (kind === "metric") this.metrics.push({ at, ...data });
    else if (kind === "retried" || kind === "ended") this.#interrupted(kind, data, at);
    else if (kind === "settled") {
      this.settled = data;
      this.#close(at);
    }
  }

  #span(kind, data, attempt) {
    if (data.kind === "queue") this.spans.delete("waiting");
    if (this.adopts && data.kind === "request") {
      this.spans.delete(this.rootId);
      this.rootId = data.span_id;
      this.adopts = false;
    }
    this.spans.set(data.span_id, {
      id: data.span_id,
      parent: data.parent_id ?? "",
      name: data.name,
      kind: data.kind ?? "custom",
      start: data.start_us,
      end: kind === "span_start" ? null : data.end_us,
      status: kind === "span_start" ? "running" : data.status,
      attributes: data.attributes ?? {},
      attempt,
    });
  }

  #open(id, parent, name, kind, start, attempt) {
    if (!this.spans.has(id)) this.spans.set(id, { id, parent, name, kind, start, end: null, status: "running", attributes: {}, attempt });
  }

  #interrupted(kind, data, at) {
    const message = data.reason ?? "";
    if (kind === "retried") {
      this.logs.push({ at, level: "warning", message: interpolate(gettext("Run again: %(reason)s"), { reason: message }, true) });
    }
    for (const span of this.spans.values()) {
      if (span.end === null && span.id !== this.rootId) Object.assign(span, { end: at, status: "error" });
    }
    if (kind === "retried") this.#open("waiting", this.rootId, gettext("queue"), "queue", at, 0);
  }

  #close(at) {
    for (const span of this.spans.values()) {
      if (span.end === null) Object.assign(span, { end: at, status: this.settled.status === "succeeded" ? "ok" : "error" });
    }
  }

  // The tree from its root, depth first, children by start. A span whose parent is unknown hangs from the root.
  rows() {
    const children = new Map();
    for (const span of this.spans.values()) {
      const known = span.id !== this.rootId && this.spans.has(span.parent) && span.parent !== span.id;
      const parent = span.id === this.rootId ? null : known ? span.parent : this.rootId;
      if (!children.has(parent)) children.set(parent, []);
      children.get(parent).push(span);
    }
    const rows = [];
    const seen = new Set();
    const visit = (parent, depth) => {
      for (const span of (children.get(parent) ?? []).sort((a, b) => a.start - b.start)) {
        if (seen.has(span.id)) continue;
        seen.add(span.id);
        rows.push({ span, depth });
        visit(span.id, depth + 1);
      }
    };
    visit(null, 0);
    if (!this.spans.has(this.rootId)) visit(this.rootId, 0);
    return rows;
  }
}
