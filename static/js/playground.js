// Send a request to an agent from its page: watch the log, see the answer, copy the same as curl or Python.
import { api, badge, element, follow } from "./live.js";
import { editorOf } from "./editor.js";
import { LogLines } from "./log-lines.js";
import { milliseconds } from "./times.js";

const catalogue = JSON.parse(document.getElementById("catalogue").textContent);
const form = document.querySelector("[data-playground]");
const result = document.querySelector("[data-result]");
const { version, skill, text, payload } = form.elements;
const problem = form.querySelector("[data-problem]");
const stop = form.querySelector("[data-stop]");
let running = null;

const skills = () => catalogue.versions[version.value || catalogue.live] ?? [];

// A small example of a value that fits a schema, so that one edits instead of writing from nothing.
function sample(schema) {
  if (!schema || typeof schema !== "object") return null;
  if (schema.default !== undefined) return schema.default;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.enum) return schema.enum[0];
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, sample(inner)]));
  return { string: "", integer: 0, number: 0, boolean: false, array: [], object: {} }[schema.type] ?? null;
}

function showSkills() {
  const chosen = skill.value;
  skill.replaceChildren(element("option", { value: "" }, gettext("chosen by the text")),
    ...skills().map(({ name }) => element("option", { value: name }, name)));
  if (skills().some(({ name }) => name === chosen)) skill.value = chosen;
  showExamples();
}

function showExamples() {
  const shown = skills().filter(({ name }) => !skill.value || name === skill.value);
  form.querySelector("[data-examples]").replaceChildren(
    ...shown.flatMap(({ examples = [] }) => examples.slice(0, shown.length > 1 ? 3 : 6)).map((example) =>
      element("button", { type: "button", class: "button small", "data-example": example }, example.length > 60 ? `${example.slice(0, 60)}…` : example)));
  const schema = skills().find(({ name }) => name === skill.value)?.input_schema;
  if (schema?.properties && !payload.value.trim()) editorOf(payload.parentElement).setText(JSON.stringify(sample(schema), null, 2));
}

function request() {
  const body = { agent: catalogue.agent };
  if (version.value) body.version = Number(version.value);
  if (skill.value) body.skill = skill.value;
  if (text.value) body.text = text.value;
  if (payload.value.trim()) body.payload = JSON.parse(payload.value);
  return body;
}

function payloadProblem() {
  const editor = editorOf(payload.parentElement);
  try {
    if (payload.value.trim()) JSON.parse(payload.value);
    editor.setErrors([]);
    return false;
  } catch (error) {
    const at = /position (\d+)/.exec(error.message)?.[1];
    const line = at ? payload.value.slice(0, Number(at)).split("\n").length : 1;
    editor.setErrors([{ line, message: error.message }]);
    payload.focus();
    return true;
  }
}

function fail(message) {
  problem.querySelector("div").textContent = message;
  problem.hidden = false;
}

function finish(invocation) {
  result.querySelector("[data-state]").replaceWith(badge(invocation.status));
  const { total_ms: total, sandbox_ms: sandbox, queued_ms: queued } = invocation.timing;
  result.querySelector("[data-timing]").textContent = interpolate(gettext("%(total)s in all, %(queued)s waiting, %(sandbox)s in the sandbox"),
    { total: milliseconds(total), queued: milliseconds(queued), sandbox: milliseconds(sandbox) }, true);
  const answer = result.querySelector("[data-answer]");
  answer.hidden = false;
  if (invocation.success) {
    answer.textContent = typeof invocation.data === "string" ? invocation.data : JSON.stringify(invocation.data, null, 2);
  } else {
    const { code, message, detail } = invocation.error ?? {};
    answer.textContent = [`${code}: ${message}`, detail?.traceback].filter(Boolean).join("\n\n");
  }
}

async function run() {
  problem.hidden = true;
  if (payloadProblem()) return;
  form.querySelector("button.primary").disabled = true;
  const { status, answer } = await api("/invocations/", { method: "POST", body: { ...request(), wait: 0 } });
  const invocation = answer.id ? answer : answer.invocation;
  form.querySelector("button.primary").disabled = false;
  if (!invocation) return fail(answer.error?.message ?? `HTTP ${status}`);
  running?.();
  result.hidden = false;
  document.querySelector("[data-before]").hidden = true;
  result.querySelector("[data-answer]").hidden = true;
  result.querySelector("[data-timing]").textContent = "";
  result.querySelector("[data-trace]").href = `/invocations/${invocation.id}/`;
  result.querySelector("[data-state]").replaceWith(badge(invocation.status));
  const list = result.querySelector("[data-logs]");
  list.replaceChildren();
  list.hidden = true;
  if (!["queued", "running"].includes(invocation.status)) return finish(invocation);
  const logs = new LogLines(list);
  let first = null;
  stop.hidden = false;
  stop.dataset.id = invocation.id;
  running = follow(invocation.id, 0, async (event) => {
    first ??= event.at;
    if (event.kind === "started") result.querySelector("[data-state]").replaceWith(badge("running"));
    if (event.kind === "log") {
      list.hidden = false;
      logs.add({ at: event.at, ...event.data }, first);
    }
    if (event.kind === "settled") {
      stop.hidden = true;
      finish((await api(`/invocations/${invocation.id}/`)).answer);
    }
  });
}

function shellQuoted(value) {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function copy(kind, button) {
  if (payloadProblem()) return;
  const body = JSON.stringify(request());
  const url = `${location.origin}/api/v1/invocations/`;
  const curl = `curl -X POST ${url} \\\n  -H "Authorization: Bearer $NEUROFLOW_KEY" -H "Content-Type: application/json" \\\n  -d ${shellQuoted(body)}`;
  const python = `import os, httpx\n\nreply = httpx.post(\n    ${JSON.stringify(url)},\n    headers={"Authorization": f"Bearer {os.environ['NEUROFLOW_KEY']}"},\n    content=${JSON.stringify(body)},\n    timeout=60,\n)\nprint(reply.json())`;
  button.dataset.copyText = kind === "curl" ? curl : python;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
form.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (example) text.value = example.dataset.example;
  const copier = event.target.closest("[data-copy-as]");
  if (copier) copy(copier.dataset.copyAs, copier);
}, { capture: true });
stop.addEventListener("click", () => api(`/invocations/${stop.dataset.id}/cancel/`, { method: "POST", body: {} }));
version.addEventListener("change", showSkills);
skill.addEventListener("change", showExamples);

showSkills();
// "Open in playground" on an invocation's page leaves its input here.
const carried = JSON.parse(sessionStorage.getItem("playground") ?? "null");
sessionStorage.removeItem("playground");
if (carried && carried.agent === catalogue.agent) {
  text.value = carried.text ?? "";
  if (skills().some(({ name }) => name === carried.skill)) skill.value = carried.skill;
  editorOf(payload.parentElement).setText(carried.payload === null ? "" : JSON.stringify(carried.payload, null, 2));
}
