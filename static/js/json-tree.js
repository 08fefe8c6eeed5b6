// A JSON value that can be folded. Long lists and texts are shown in parts, so that no answer breaks the page.
import { element } from "./live.js";

const OPEN_DEPTH = 2;
const MOST_OPEN = 30; // entries of a list that is open from the start
const PART = 100; // entries shown at once
const LONG = 600; // characters

function leaf(value) {
  if (typeof value !== "string") return element("span", { class: `json-${value === null ? "null" : typeof value}` }, String(value));
  if (value.length <= LONG) return element("span", { class: "json-string" }, JSON.stringify(value));
  const text = element("span", { class: "json-string" }, JSON.stringify(value.slice(0, LONG)));
  const more = element("button", { type: "button", class: "button small quiet" },
    interpolate(ngettext("%(n)s character more", "%(n)s characters more", value.length - LONG), { n: value.length - LONG }, true));
  more.addEventListener("click", () => {
    text.textContent = JSON.stringify(value);
    more.remove();
  });
  return element("span", {}, text, " ", more);
}

function entry(key, value, depth) {
  const name = key === null ? null : element("span", { class: "json-key" }, typeof key === "number" ? `${key}` : JSON.stringify(key), ": ");
  if (value === null || typeof value !== "object") return element("li", {}, name, leaf(value));
  return element("li", {}, branch(name, value, depth));
}

function branch(name, value, depth) {
  const list = Array.isArray(value);
  const keys = list ? value.map((_one, index) => index) : Object.keys(value);
  if (!keys.length) return element("span", {}, name, list ? "[ ]" : "{ }");
  const count = list ? ngettext("%(n)s entry", "%(n)s entries", keys.length) : ngettext("%(n)s field", "%(n)s fields", keys.length);
  const inner = element("ul", {});
  const details = element("details", { open: depth < OPEN_DEPTH && keys.length <= MOST_OPEN },
    element("summary", {}, name, list ? "[" : "{", element("span", { class: "faint" }, ` ${interpolate(count, { n: keys.length }, true)} `), list ? "]" : "}"), inner);
  let drawn = 0;
  const draw = () => {
    inner.querySelector(":scope > .json-more")?.remove();
    inner.append(...keys.slice(drawn, drawn + PART).map((key) => entry(key, value[key], depth + 1)));
    drawn = Math.min(keys.length, drawn + PART);
    if (drawn === keys.length) return;
    const more = element("button", { type: "button", class: "button small quiet" },
      interpolate(gettext("%(n)s more"), { n: keys.length - drawn }, true));
    more.addEventListener("click", draw);
    inner.append(element("li", { class: "json-more" }, more));
  };
  // Only what is looked at is drawn.
  if (details.open) draw();
  else details.addEventListener("toggle", () => drawn || draw());
  return details;
}

// A text is shown as it is; everything else as a tree.
export function jsonTree(value) {
  if (typeof value === "string") return element("pre", { class: "code wrap", tabindex: "0", "aria-label": gettext("Answer") }, value);
  const tree = value !== null && typeof value === "object" ? branch(null, value, 0) : leaf(value);
  return element("div", { class: "json-tree code", tabindex: "0", role: "group", "aria-label": gettext("Answer") }, tree);
}
