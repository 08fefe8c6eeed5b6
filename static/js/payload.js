// The payload of a request: a form drawn from the skill's schema, and the same as JSON. One follows the other.
import { editorOf } from "./editor.js";
import { SchemaForm } from "./schema-form.js";
import { parsedPath, sample } from "./schema.js";

export class Payload {
  // `root` holds [data-tabs], [data-form] and [data-json] with an editor; `compact` is passed on to the form.
  constructor(root, { compact = false } = {}) {
    this.tabs = root.querySelector("[data-tabs]");
    this.formBox = root.querySelector("[data-form]");
    this.jsonBox = root.querySelector("[data-json]");
    this.area = this.jsonBox.querySelector("textarea");
    this.editor = editorOf(this.area.parentElement);
    this.compact = compact;
    this.form = null;
    this.tabs.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.show(button.value);
    });
    this.formBox.addEventListener("input", () => this.#toJson());
    this.area.addEventListener("input", () => this.editor.setErrors([]));
  }

  get onForm() {
    return this.form !== null && !this.formBox.hidden;
  }

  // Another schema (null: none), keeping what was written where it can be kept. `fill`: begin with a sample when empty.
  setSchema(schema, { fill = true } = {}) {
    this.schema = schema;
    const wasEmpty = !this.area.value.trim() || this.area.value === this.sampled;
    this.form = schema ? SchemaForm.of(schema, { compact: this.compact }) : null;
    this.formBox.replaceChildren(...(this.form ? [this.form.element] : []));
    this.tabs.hidden = !this.form;
    if (wasEmpty) this.#setText(undefined);
    if (wasEmpty && fill && schema && !this.form) this.#setText(sample(schema, schema));
    this.sampled = this.area.value;
    this.show(this.form ? "form" : "json");
  }

  // The JSON is filled from an earlier request, or emptied (undefined).
  set(value) {
    this.#setText(value === null ? undefined : value);
    this.show(this.form ? "form" : "json");
  }

  #setText(value) {
    this.editor.setText(value === undefined ? "" : JSON.stringify(value, null, 2));
    this.editor.setErrors([]);
  }

  show(tab) {
    if (tab === "form") {
      const read = this.parse();
      // What is no JSON, or no object, has no place in the form: it stays where it can be corrected.
      if (!read.ok || (read.value !== undefined && (typeof read.value !== "object" || read.value === null || Array.isArray(read.value)))) {
        tab = "json";
        if (read.ok) this.editor.setErrors([{ message: gettext("Only an object can be shown as a form.") }]);
      } else {
        this.form.value = read.value ?? {};
      }
    }
    this.formBox.hidden = tab !== "form";
    this.jsonBox.hidden = tab === "form";
    for (const button of this.tabs.children) button.setAttribute("aria-pressed", String(button.value === tab));
  }

  #toJson() {
    const value = this.form.value;
    this.#setText(Object.keys(value).length || (this.schema.required ?? []).length ? value : undefined);
  }

  // {ok, value}; undefined where nothing is written. Marks the line where the JSON breaks.
  parse() {
    if (!this.area.value.trim()) return { ok: true, value: undefined };
    try {
      const value = JSON.parse(this.area.value);
      this.editor.setErrors([]);
      return { ok: true, value };
    } catch (error) {
      const at = /position (\d+)/.exec(error.message)?.[1];
      const line = at ? this.area.value.slice(0, Number(at)).split("\n").length : 1;
      this.editor.setErrors([{ line, message: error.message }]);
      return { ok: false };
    }
  }

  // What is to be sent, or {ok: false} after marking what is wrong and going there.
  read() {
    if (this.onForm) {
      if (!this.form.check()) return { ok: false };
      this.#toJson();
    }
    const read = this.parse();
    if (!read.ok) this.area.focus();
    return read;
  }

  // A refusal of the server, at its field: `path` is like “payload.items[2].name”.
  refuse(path, message) {
    if (this.onForm) return this.form.refuse(parsedPath(path), message);
    this.editor.setErrors([{ message }]);
    this.area.focus();
  }

  refuseAll(problems) {
    if (this.onForm) return this.form.refuseAll(problems.map((one) => ({ ...one, path: parsedPath(one.path) })));
    this.editor.setErrors(problems.map(({ path, message }) => ({ message: `${path}: ${message}` })));
    this.area.focus();
  }
}
