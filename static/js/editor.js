// <div class="editor" data-editor data-errors='[{"line": 3, "message": "…"}]'><textarea>: line numbers, marked lines.
// Tab writes four spaces; Escape gives Tab its usual meaning back until the text is left.
const INDENT = "    ";

class Editor {
  constructor(root) {
    this.root = root;
    this.area = root.querySelector("textarea");
    this.area.setAttribute("wrap", "off");
    this.area.spellcheck = false;
    this.gutter = document.createElement("div");
    this.gutter.className = "gutter";
    this.gutter.setAttribute("aria-hidden", "true");
    root.prepend(this.gutter);
    this.list = document.createElement("div");
    this.list.className = "editor-errors";
    this.list.setAttribute("role", "alert");
    this.list.hidden = true;
    root.append(this.list);
    this.leaving = false;
    this.area.addEventListener("input", () => this.number());
    this.area.addEventListener("scroll", () => (this.gutter.scrollTop = this.area.scrollTop));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => (this.leaving = false));
    new ResizeObserver(() => (this.gutter.style.maxHeight = `${this.area.offsetHeight}px`)).observe(this.area);
    this.setErrors(JSON.parse(root.dataset.errors || "[]"));
  }

  key(event) {
    if (event.key === "Escape") this.leaving = true;
    if (event.key !== "Tab" || this.leaving || event.shiftKey) return;
    event.preventDefault();
    this.area.setRangeText(INDENT, this.area.selectionStart, this.area.selectionEnd, "end");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  number() {
    const count = this.area.value.split("\n").length;
    while (this.gutter.childElementCount > count) this.gutter.lastElementChild.remove();
    for (let line = this.gutter.childElementCount + 1; line <= count; line += 1) {
      const span = document.createElement("span");
      span.textContent = line;
      this.gutter.append(span);
    }
    this.errors.forEach(({ line }) => this.gutter.children[line - 1]?.classList.add("marked"));
  }

  setErrors(errors) {
    this.errors = errors;
    for (const marked of this.gutter.querySelectorAll(".marked")) marked.classList.remove("marked");
    this.number();
    this.list.replaceChildren(
      ...errors.map(({ line, message }) => {
        const row = document.createElement("div");
        row.textContent = line ? interpolate(gettext("Line %(line)s: %(message)s"), { line, message }, true) : message;
        return row;
      }),
    );
    this.list.hidden = errors.length === 0;
    this.area.setAttribute("aria-invalid", String(errors.length > 0));
    const first = errors.find((error) => error.line);
    if (first) this.show(first.line);
  }

  show(line) {
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 4) * height);
    this.gutter.scrollTop = this.area.scrollTop;
  }

  setText(text) {
    this.area.value = text;
    this.number();
  }
}

const editors = new WeakMap();

export function editorOf(root) {
  if (!editors.has(root)) editors.set(root, new Editor(root));
  return editors.get(root);
}

export function startEditors() {
  const all = () => document.querySelectorAll("[data-editor]").forEach(editorOf);
  all();
  document.addEventListener("htmx:afterSwap", all);
}
