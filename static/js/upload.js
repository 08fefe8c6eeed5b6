// The upload form: several files in one editor, dropped or chosen or pasted; sent as one JSON object of path and text.
import { editorOf } from "./editor.js";
import { element, icon } from "./live.js";

const form = document.querySelector("[data-upload]");
const editor = editorOf(form.querySelector("[data-editor]"));
const tabs = form.querySelector("[data-file-tabs]");
const drop = form.querySelector("[data-drop]");
const error = JSON.parse(document.getElementById("upload-error").textContent);
const LIMIT = 1024 * 1024;
const files = new Map(Object.entries(JSON.parse(document.getElementById("upload-files").textContent)));
if (!files.size) files.set("agent.py", "");
let current = files.has(error.file) ? error.file : files.has("agent.py") ? "agent.py" : [...files.keys()][0];

const keep = () => files.set(current, editor.area.value);

function open(path) {
  current = path;
  editor.setText(files.get(path));
  editor.setErrors(error.file === path ? [{ line: error.line, message: error.reason ?? "" }] : []);
  draw();
}

function draw() {
  tabs.replaceChildren(
    ...[...files.keys()].sort((a, b) => (b === "agent.py") - (a === "agent.py") || a.localeCompare(b)).map((path) =>
      element("button", { type: "button", class: `button small ${error.file === path ? "wrong" : ""}`, "aria-pressed": String(path === current), "data-path": path }, path)),
    element("button", { type: "button", class: "button small quiet", "data-add": true }, icon("plus"), gettext("File")),
  );
  if (files.size > 1) {
    tabs.append(element("button", { type: "button", class: "button small quiet", "data-remove": true },
      icon("cross"), interpolate(gettext("Remove %(path)s"), { path: current }, true)));
  }
}

async function take(entries) {
  keep();
  const refused = [];
  const taken = [];
  // Opening a folder called "echo" gives "echo/agent.py": the folder that all share is not part of the paths.
  const shared = entries.length && entries.every(([path]) => path.includes("/") && path.split("/")[0] === entries[0][0].split("/")[0]);
  for (const [path, file] of entries) {
    const name = shared ? path.split("/").slice(1).join("/") : path;
    if (/(^|\/)(\.|__pycache__)/.test(name)) continue;
    if (file.size > LIMIT) {
      refused.push(interpolate(gettext("%(path)s is larger than 1 MB."), { path: name }, true));
      continue;
    }
    try {
      taken.push([name, new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()).replaceAll("\r\n", "\n")]);
    } catch {
      refused.push(interpolate(gettext("%(path)s is not text."), { path: name }, true));
    }
  }
  // Python files chosen one by one are the agent: the only one is its agent.py.
  if (taken.length === 1 && taken[0][0].endsWith(".py") && !taken[0][0].includes("/")) taken[0][0] = "agent.py";
  for (const [path, text] of taken) files.set(path, text);
  if (taken.length) open(taken.find(([path]) => path === "agent.py")?.[0] ?? taken[0][0]);
  if (refused.length) editor.setErrors(refused.map((message) => ({ message })));
}

async function walk(entry, prefix = "") {
  if (entry.isFile) return [[prefix + entry.name, await new Promise((resolve, reject) => entry.file(resolve, reject))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return found;
    for (const inner of batch) found.push(...(await walk(inner, `${prefix}${entry.name}/`)));
  }
}

tabs.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.path) {
    keep();
    open(button.dataset.path);
  } else if ("remove" in button.dataset) {
    files.delete(current);
    open([...files.keys()][0]);
  } else {
    keep();
    const path = prompt(gettext("Path of the new file"), "helpers.py")?.trim();
    if (!path) return;
    if (!files.has(path)) files.set(path, "");
    open(path);
    editor.area.focus();
  }
});
form.elements.upload.addEventListener("change", async (event) => {
  await take([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));
  event.target.value = "";
});
drop.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  drop.classList.remove("over");
  if (!event.dataTransfer.items.length || event.dataTransfer.items[0].kind !== "file") return;
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  await take((await Promise.all(entries.map((entry) => walk(entry)))).flat());
});
form.addEventListener("formdata", (event) => {
  keep();
  event.formData.set("files", JSON.stringify(Object.fromEntries(files)));
  event.formData.delete("source");
  event.formData.delete("upload");
});
form.addEventListener("submit", () => {
  const button = form.querySelector("button.primary");
  button.lastChild.textContent = button.dataset.busy;
  setTimeout(() => (button.disabled = true));
});
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

tabs.hidden = false;
form.querySelector("[data-with-script]").hidden = false;
open(current);
