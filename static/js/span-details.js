// What is known of the selected span, beside the waterfall.
import { element, icon } from "./live.js";
import { milliseconds } from "./times.js";

const LIMITS = { fuel: "fuel", memory_bytes: "memory_bytes" };

function words(value) {
  return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : String(value);
}

export class SpanDetails {
  constructor(panel, state, page) {
    this.panel = panel;
    this.state = state;
    this.page = page;
    this.drawn = "";
  }

  show(span, start, now) {
    const length = milliseconds(((span.end ?? Math.max(now, span.start)) - span.start) / 1000);
    const drawn = JSON.stringify([span, span.end === null ? length : "", this.state.settled !== null]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const facts = element("dl", { class: "facts" });
    const fact = (name, ...value) => facts.append(element("dt", {}, name), element("dd", {}, ...value));
    fact(gettext("Kind"), span.kind);
    fact(gettext("Begins at"), `+${milliseconds((span.start - start) / 1000)}`);
    fact(gettext("Took"), length);
    fact(gettext("Status"), span.status === "error" ? gettext("failed") : span.status === "running" ? gettext("running") : gettext("ok"));
    if (span.attempt > 1) fact(gettext("Attempt"), span.attempt);
    for (const [name, value] of Object.entries(span.attributes)) {
      const text = words(value);
      fact(name, text.includes("\n") ? element("pre", { class: "code wrap" }, text) : text, this.meter(name, value));
    }
    fact(gettext("Span"), element("code", {}, span.id));
    const title = element("h3", { class: "break" }, span.name);
    const copy = element("button", { type: "button", class: "button small quiet", "data-copy-text": `${location.origin}${location.pathname}#span=${span.id}` },
      icon("link"), element("span", { "data-copy-label": true }, gettext("Copy link")));
    this.panel.replaceChildren(element("header", {}, title, copy), element("div", { class: "body" }, facts));
  }

  // Fuel and memory against their limits.
  meter(name, value) {
    const limit = this.page.limits?.[LIMITS[name]];
    if (!limit || typeof value !== "number") return null;
    const share = value / limit;
    return element("span", {},
      element("meter", { class: "meter", min: 0, max: 1, high: 0.8, value: Math.min(1, share), "aria-label": gettext("Share of the limit") }),
      element("span", { class: "faint" }, interpolate(gettext("%(share)s of the limit"), { share: `${(share * 100).toPrecision(2)} %` }, true)));
  }
}
