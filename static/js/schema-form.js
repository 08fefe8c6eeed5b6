// A form drawn from a JSON Schema. Every control has: element, get() → value or undefined (left out), set(value),
// problems() → [[path, message]], at(path) → the control of that path. What has no control of its own is a field of JSON.
import { element, icon } from "./live.js";
import { bounds, inUnits, kindOf, resolved } from "./schema.js";

let lastId = 0;
const MOST_DEPTH = 8;

// What all controls share: a labelled field with description, hint and a place for its error.
class Control {
  constructor(form, name, schema, { label, required, nullable }) {
    Object.assign(this, { form, name, schema, required, nullable, inRow: label !== null && label !== undefined });
    this.id = `sf-${(lastId += 1)}`;
    this.text = label ?? schema.title ?? name;
    this.wasNull = false;
    this.hint = element("span", { class: "hint", id: `${this.id}-h` });
    this.error = element("span", { class: "error", id: `${this.id}-e`, role: "alert", hidden: true });
    this.showHint();
  }

  title(tag = "label") {
    const attributes = tag === "label" ? { for: this.id } : {};
    const mark = this.required ? element("span", { class: "required", title: gettext("required") }, "*") : null;
    const known = this.text === this.name || this.form.compact ? null : element("code", { class: "faint" }, this.name);
    return element(tag, attributes, this.text, mark, known ? " " : null, known);
  }

  showHint(extra = "") {
    const words = [this.schema.description, bounds(this.schema, this.name), extra].filter(Boolean);
    this.hint.textContent = words.join(" · ");
    this.hint.hidden = !words.length;
  }

  field(...inner) {
    return element("div", { class: "field" }, this.title(), ...inner, this.hint, this.error);
  }

  group(...inner) {
    return element("fieldset", { class: "field group" }, this.title("legend"), this.hint, ...inner, this.error);
  }

  described() {
    return { id: this.id, "aria-describedby": `${this.id}-h ${this.id}-e`, "aria-required": this.required ? "true" : null };
  }

  fail(message) {
    this.error.textContent = message;
    this.error.hidden = !message;
    const input = this.focusable();
    if (message) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }

  focusable() {
    return this.element.querySelector("input, select, textarea, button");
  }

  // An optional value that is left empty is left out; one that was null stays null until something is written.
  empty() {
    return this.wasNull || (this.required && this.nullable) ? null : undefined;
  }

  missing() {
    const value = this.get();
    const lacks = value === undefined || (Array.isArray(value) && value.length === 0 && this.schema.minItems > 0);
    return this.required && lacks ? [[[], gettext("This is needed.")]] : [];
  }

  problems() {
    return this.missing();
  }

  at(path) {
    return path.length ? null : this;
  }

  clearErrors() {
    this.fail("");
  }
}

class Text extends Control {
  constructor(...given) {
    super(...given);
    this.blank = false; // an empty text that was there is not the same as nothing
    const placeholder = ofDefault(this.schema) || (this.schema.examples?.length ? shown(this.schema.examples[0]) : this.schema.format === "date-time" ? "2026-01-31T12:00:00Z" : "");
    const date = this.schema.format === "date";
    const line = this.form.compact || this.inRow;
    this.input = date ? element("input", { type: "date", ...this.described() })
      : line ? element("input", { type: "text", placeholder, spellcheck: "false", autocomplete: "off", ...this.described() })
      : element("textarea", { rows: 1, class: "grow", placeholder, spellcheck: "false", ...this.described() });
    this.input.addEventListener("input", () => (this.blank = this.wasNull = false));
    this.element = this.field(this.input);
  }

  get() {
    return this.input.value !== "" ? this.input.value : this.blank ? "" : this.empty();
  }

  set(value) {
    this.wasNull = value === null;
    this.blank = value === "";
    this.input.value = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  }
}

class Figure extends Control {
  constructor(...given) {
    super(...given);
    const placeholder = ofDefault(this.schema);
    this.input = element("input", { type: "text", inputmode: this.schema.type === "integer" ? "numeric" : "decimal", placeholder, autocomplete: "off", ...this.described() });
    this.input.addEventListener("input", () => {
      this.wasNull = false;
      this.showHint(inUnits(this.name, this.get()));
    });
    this.element = this.field(this.input);
    this.showHint(inUnits(this.name, this.schema.default));
  }

  // Spaces between thousands are for the reader. What is no number is kept as it is, and refused by problems().
  get() {
    const text = this.input.value.replace(/[\s\u202f_]/g, "");
    if (text === "") return this.empty();
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : this.input.value;
  }

  set(value) {
    this.wasNull = value === null;
    this.input.value = value === undefined || value === null ? "" : String(value);
    this.showHint(inUnits(this.name, value ?? this.schema.default));
  }

  problems() {
    const value = this.get();
    if (typeof value === "string") return [[[], gettext("This is not a number.")]];
    if (this.schema.type === "integer" && typeof value === "number" && !Number.isInteger(value)) return [[[], gettext("This must be a whole number.")]];
    return this.missing();
  }
}

// One of several values; also yes and no where leaving it out is a third answer.
class Choice extends Control {
  constructor(...given) {
    super(...given);
    const yesNo = this.schema.type === "boolean";
    this.values = yesNo ? [true, false] : "const" in this.schema ? [this.schema.const] : this.schema.enum;
    const word = (value) => (value === true ? gettext("yes") : value === false ? gettext("no") : shown(value));
    const none = this.schema.default !== undefined && this.schema.default !== null ? interpolate(gettext("default: %(value)s"), { value: word(this.schema.default) }, true)
      : this.nullable ? gettext("nothing") : this.required ? gettext("choose…") : gettext("left out");
    this.input = element("select", this.described(), element("option", { value: "" }, none),
      ...this.values.map((value, index) => element("option", { value: index }, word(value))));
    this.input.addEventListener("input", () => (this.wasNull = false));
    if (this.required && this.values.length === 1) this.input.value = "0";
    this.element = this.field(this.input);
  }

  get() {
    return this.input.value === "" ? this.empty() : this.values[Number(this.input.value)];
  }

  set(value) {
    this.wasNull = value === null;
    const index = this.values.indexOf(value);
    this.input.value = index < 0 ? "" : String(index);
  }
}

class Switch extends Control {
  constructor(...given) {
    super(...given);
    this.input = element("input", { type: "checkbox", ...this.described() });
    this.element = element("div", { class: "field choices" }, element("label", {}, this.input, element("span", {}, this.text)), this.hint, this.error);
  }

  get() {
    return this.input.checked;
  }

  set(value) {
    this.input.checked = value === true;
  }
}

// Any of several values, each a box.
class Choices extends Control {
  constructor(...given) {
    super(...given);
    this.values = resolved(this.schema.items, this.form.root).schema.enum;
    this.boxes = this.values.map((value) => element("input", { type: "checkbox", "data-value": shown(value) }));
    this.element = this.group(element("div", { class: "boxes" }, ...this.boxes.map((box, index) => element("label", {}, box, shown(this.values[index])))));
    if (this.schema.default?.length) this.showHint(interpolate(gettext("none chosen means: %(value)s"), { value: this.schema.default.join(", ") }, true));
    this.kept = []; // values that are no choice (any more): they stay until taken out in the JSON
  }

  get() {
    const chosen = [...this.values.filter((_value, index) => this.boxes[index].checked), ...this.kept];
    return chosen.length ? chosen : this.required ? [] : this.empty();
  }

  set(value) {
    const given = Array.isArray(value) ? value : [];
    this.boxes.forEach((box, index) => (box.checked = given.includes(this.values[index])));
    this.kept = given.filter((one) => !this.values.includes(one));
  }
}

class Json extends Control {
  constructor(...given) {
    super(...given);
    this.input = element("textarea", { rows: 2, class: "mono grow", spellcheck: "false", placeholder: "JSON", ...this.described() });
    this.element = this.field(this.input);
  }

  get() {
    if (!this.input.value.trim()) return this.empty();
    try {
      return JSON.parse(this.input.value);
    } catch {
      return this.input.value;
    }
  }

  set(value) {
    this.wasNull = value === null;
    this.input.value = value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
  }

  problems() {
    try {
      if (this.input.value.trim()) JSON.parse(this.input.value);
    } catch (error) {
      return [[[], interpolate(gettext("This is not JSON: %(reason)s"), { reason: error.message }, true)]];
    }
    return this.missing();
  }
}

// What holds further controls: `parts()` gives [[key, control]].
class Holder extends Control {
  problems() {
    return [...this.missing(), ...this.parts().flatMap(([key, control]) => control.problems().map(([path, message]) => [[key, ...path], message]))];
  }

  at(path) {
    if (!path.length) return this;
    const part = this.parts().find(([key]) => key === path[0]);
    return (part && part[1].at(path.slice(1))) ?? this;
  }

  clearErrors() {
    this.fail("");
    for (const [, control] of this.parts()) control.clearErrors();
  }

  focusable() {
    return null;
  }
}

class ObjectOf extends Holder {
  constructor(form, name, schema, options, depth) {
    super(form, name, schema, options);
    this.extra = {}; // what the schema does not know stays as it is
    this.depth = depth;
    this.controls = null; // drawn when they are first needed: an optional part may hold its own like
    this.body = element("div", { class: "schema-fields" });
    this.rest = element("p", { class: "faint", hidden: true });
    if (depth === 0) {
      this.element = element("div", { class: "schema-form" }, this.body, this.rest, this.error);
    } else {
      this.here = !this.required ? element("input", { type: "checkbox" }) : null;
      this.here?.addEventListener("change", () => this.show());
      const toggle = this.here && element("label", { class: "toggle" }, this.here, gettext("set this"));
      this.element = this.group(toggle, this.body, this.rest);
    }
    this.show();
  }

  show() {
    this.body.hidden = Boolean(this.here && !this.here.checked);
    if (this.body.hidden || this.controls) return;
    const needed = this.schema.required ?? [];
    this.controls = Object.entries(this.schema.properties).map(([key, inner]) => [key, make(this.form, key, inner, needed.includes(key), this.depth + 1)]);
    this.body.append(...this.controls.map(([, control]) => control.element));
  }

  parts() {
    return this.body.hidden ? [] : this.controls;
  }

  get() {
    if (this.body.hidden) return this.empty();
    const pairs = this.controls.map(([key, control]) => [key, control.get()]).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(pairs), ...this.extra };
  }

  set(value) {
    const given = value && typeof value === "object" && !Array.isArray(value) ? value : null;
    this.wasNull = value === null;
    if (this.here) this.here.checked = given !== null;
    this.show();
    for (const [key, control] of this.controls ?? []) control.set(given?.[key]);
    const known = new Set(Object.keys(this.schema.properties));
    this.extra = Object.fromEntries(Object.entries(given ?? {}).filter(([key]) => !known.has(key)));
    const names = Object.keys(this.extra);
    this.rest.hidden = !names.length;
    this.rest.textContent = interpolate(gettext("Also sent, seen in the JSON: %(names)s"), { names: names.join(", ") }, true);
  }
}

// Rows that are added and removed: of a list, or of a map with a key each.
class Rows extends Holder {
  constructor(form, name, schema, options, depth, keyed) {
    super(form, name, schema, options);
    Object.assign(this, { depth, keyed, rows: [] });
    this.inner = keyed ? schema.additionalProperties : schema.items;
    this.list = element("div", { class: "schema-rows" });
    this.adder = element("button", { type: "button", class: "button small", "aria-label": interpolate(gettext("Add to %(name)s"), { name: this.text }, true) },
      icon("plus"), gettext("Add"));
    this.adder.addEventListener("click", () => {
      this.add().control.focusable()?.focus();
      this.changed();
    });
    this.element = this.group(this.list, this.adder);
    if (Array.isArray(this.schema.default) && this.schema.default.length) {
      this.showHint(interpolate(gettext("default: %(value)s"), { value: this.schema.default.map(shown).join(", ") }, true));
    }
    // Enter in a line begins the next one.
    this.list.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey || !event.target.matches("input[type=text]")) return;
      if (event.target.closest(".schema-rows") !== this.list) return;
      event.preventDefault();
      this.adder.click();
    });
  }

  changed() {
    this.list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  add(value, key = "") {
    const control = make(this.form, this.name, this.inner, true, this.depth + 1, `${this.text} ${this.rows.length + 1}`);
    if (value !== undefined) control.set(value);
    const remove = element("button", { type: "button", class: "button small quiet square", "aria-label": gettext("Remove") }, icon("cross"));
    const keyInput = this.keyed ? element("input", { type: "text", class: "key", value: key, placeholder: gettext("name"), "aria-label": gettext("name") }) : null;
    control.element.classList.add("bare");
    const row = { control, key: keyInput, element: element("div", { class: "schema-row" }, keyInput, control.element, remove) };
    remove.addEventListener("click", () => {
      this.rows.splice(this.rows.indexOf(row), 1);
      row.element.remove();
      this.changed();
      this.adder.focus();
    });
    this.rows.push(row);
    this.list.append(row.element);
    return row;
  }

  parts() {
    return this.rows.map((row, index) => [this.keyed ? row.key.value : index, row.control]);
  }

  get() {
    if (!this.rows.length) return this.required ? (this.keyed ? {} : []) : this.empty();
    const values = this.parts().map(([key, control]) => [key, control.get() ?? null]);
    return this.keyed ? Object.fromEntries(values.filter(([key]) => key)) : values.map(([, value]) => value);
  }

  set(value) {
    this.rows = [];
    this.list.replaceChildren();
    this.wasNull = value === null;
    if (this.keyed && value && typeof value === "object") for (const [key, one] of Object.entries(value)) this.add(one, key);
    else if (Array.isArray(value)) for (const one of value) this.add(one);
  }

  focusable() {
    return this.adder;
  }
}

// What stands in a field that is left empty: the default, where there is one to speak of.
function ofDefault({ default: value }) {
  return value === undefined || value === null || value === "" ? "" : interpolate(gettext("default: %(value)s"), { value: shown(value) }, true);
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function make(form, name, given, required, depth, label) {
  const { schema, nullable } = resolved(given, form.root);
  const kind = depth > MOST_DEPTH ? "json" : kindOf(schema, form.root);
  const options = { label: label ?? null, required, nullable };
  // What may refer to itself is drawn as JSON before it has no end: rows and optional objects are made when asked for.
  if (kind === "object") return new ObjectOf(form, name, schema, options, depth);
  if (kind === "list" || kind === "map") return new Rows(form, name, schema, options, depth, kind === "map");
  if (kind === "choices") return new Choices(form, name, schema, options);
  if (kind === "choice" || (kind === "boolean" && (!required || nullable))) return new Choice(form, name, schema, options);
  if (kind === "boolean") return new Switch(form, name, schema, options);
  if (kind === "number" || kind === "integer") return new Figure(form, name, schema, options);
  if (kind === "text") return new Text(form, name, schema, options);
  return new Json(form, name, schema, options);
}

// The whole form. `compact` draws texts as single lines. Null when the schema is not that of an object.
export class SchemaForm {
  static of(schema, options = {}) {
    const { schema: top } = resolved(schema, schema);
    return top.properties && Object.keys(top.properties).length ? new SchemaForm(schema, top, options) : null;
  }

  constructor(root, top, { compact = false } = {}) {
    Object.assign(this, { root, compact });
    this.top = new ObjectOf(this, "", top, { required: true }, 0);
    this.element = this.top.element;
  }

  get value() {
    return this.top.get();
  }

  set value(value) {
    this.top.set(value);
    this.top.clearErrors();
  }

  // Marks what cannot be sent and goes to the first of it; true when there is nothing.
  check() {
    this.top.clearErrors();
    const problems = this.top.problems();
    for (const [path, message] of problems) this.top.at(path).fail(message);
    this.#goTo(problems[0]?.[0]);
    return problems.length === 0;
  }

  // What the server said of one path. “'side' is a required property” belongs to that property.
  refuse(path, message) {
    this.refuseAll([{ path, message }]);
  }

  // Each refusal at its field; the first is gone to.
  refuseAll(problems) {
    const wholes = problems.map(({ path, message }) => {
      const lacking = /^(?:[\w.[\]]+: )?'([^']+)' is a required property/.exec(message)?.[1];
      return lacking ? [...path, lacking] : path;
    });
    this.top.clearErrors();
    problems.forEach(({ message }, index) => this.top.at(wholes[index]).fail(message));
    this.#goTo(wholes[0]);
  }

  #goTo(path) {
    const control = path && this.top.at(path);
    if (!control) return;
    control.element.scrollIntoView({ block: "nearest" });
    control.focusable()?.focus();
  }
}
