// Try an agent: write a request, run it on any version, watch it, compare two versions, take an earlier input again.
import { badge, element } from "./live.js";
import { Payload } from "./payload.js";
import { RunPane } from "./run-pane.js";
import { ago } from "./times.js";
import { curl, python } from "./as-code.js";

const catalogue = JSON.parse(document.getElementById("catalogue").textContent);
const page = document.querySelector("[data-playground]");
const form = page.querySelector("form");
const { version, beside, skill, text, session } = form.elements;
const problem = form.querySelector("[data-problem]");
const runButton = form.querySelector("[data-run]");
const rejected = form.querySelector("[data-rejected]");
const panes = page.querySelector("[data-panes]");
const payload = new Payload(form.querySelector("[data-payload]"));
const MOST_PAST = 12;
let shownPanes = [];

const entryOf = (number) => catalogue.versions[number || catalogue.live] ?? { skills: [] };
const skills = () => entryOf(version.value).skills;
const schema = () => {
  const chosen = skill.value || (skills().length === 1 ? skills()[0].name : "");
  const found = skills().find(({ name }) => name === chosen)?.input_schema;
  return found && Object.keys(found).length ? found : null; // an empty schema says nothing
};

// The choices

function showVersion() {
  const chosen = skill.value;
  const known = skills();
  const one = known.length === 1;
  skill.replaceChildren(...(one ? [] : [element("option", { value: "" }, gettext("chosen by the text"))]),
    ...known.map(({ name }) => element("option", { value: name }, name)));
  if (known.some(({ name }) => name === chosen)) skill.value = chosen;
  const wrong = [version, beside].filter(Boolean).map(({ value }) => [value, entryOf(value)]).filter(([value, { state }]) => value && state === "rejected");
  rejected.hidden = !wrong.length;
  rejected.querySelector("div").replaceChildren(...wrong.flatMap(([number, { reasons }]) => [
    element("p", {}, element("strong", {}, interpolate(gettext("v%(number)s was rejected and cannot be run."), { number }, true)), " ",
      element("a", { href: `${location.pathname.replace(/playground\/$/, "")}versions/${number}/` }, gettext("What its checks found"))),
    ...reasons.map((reason) => element("p", { class: "break" }, reason))]));
  runButton.disabled = !catalogue.may_run || wrong.length > 0;
  page.classList.toggle("beside", Boolean(beside?.value));
  showSkill();
}

function showSkill() {
  const shown = skills().filter(({ name }) => !skill.value || name === skill.value);
  const said = shown.length === 1 ? shown[0].description : "";
  form.querySelector("[data-skill-words]").textContent = said ?? "";
  const examples = shown.flatMap(({ examples = [] }) => examples.slice(0, shown.length > 1 ? 3 : 8));
  form.querySelector("[data-examples]").hidden = !examples.length;
  form.querySelector("[data-examples] div").replaceChildren(...examples.map((example) =>
    element("button", { type: "button", class: "chip", "data-example": example }, example.length > 70 ? `${example.slice(0, 70)}…` : example)));
  payload.setSchema(schema());
  form.querySelector("[data-payload-hint]").hidden = Boolean(schema());
}

// The request

function request(number) {
  const read = payload.read();
  if (!read.ok) return null;
  const body = { agent: catalogue.agent };
  if (number) body.version = Number(number);
  if (skill.value && skills().length > 1) body.skill = skill.value;
  if (text.value) body.text = text.value;
  if (read.value !== undefined) body.payload = read.value;
  if (session.value) body.session = session.value;
  return body;
}

function fail(message) {
  problem.querySelector("div").textContent = message;
  problem.hidden = !message;
}

function refuse({ code, message, status, detail }) {
  if (code === "invalid_payload" && detail?.problems) payload.refuseAll(detail.problems);
  else fail(status === 429 ? `${message} ${gettext("Try again in a moment.")}` : message);
}

async function run() {
  fail("");
  const body = request(version.value);
  if (!body || runButton.disabled) return;
  // Compared is one version with another: the share of a canary has no say then.
  const bodies = beside?.value ? [{ version: catalogue.live, ...body }, { ...body, version: Number(beside.value) }] : [body];
  while (shownPanes.length < bodies.length) {
    shownPanes.push(new RunPane(catalogue.limits));
    panes.append(shownPanes.at(-1).element);
  }
  for (const extra of shownPanes.splice(bodies.length)) {
    extra.clear();
    extra.element.remove();
  }
  page.querySelector("[data-same]").hidden = true;
  page.querySelector("[data-nothing]").hidden = true;
  runButton.setAttribute("aria-busy", "true");
  if (panes.getBoundingClientRect().top > window.innerHeight - 80) panes.scrollIntoView({ block: "start" });
  const outcomes = await Promise.all(bodies.map((one, index) => shownPanes[index].run(one)));
  runButton.removeAttribute("aria-busy");
  const refused = outcomes.find((outcome) => outcome.refused)?.refused;
  if (refused) {
    page.querySelector("[data-nothing]").hidden = shownPanes.some((pane) => pane.invocation);
    for (const pane of shownPanes.filter((one) => !one.invocation)) pane.element.remove();
    shownPanes = shownPanes.filter((one) => one.invocation);
    refuse(refused);
  }
  if (outcomes.length === 2 && !refused) compare(outcomes.map(({ invocation }) => invocation));
  for (const { invocation } of outcomes.slice(0, 1)) if (invocation) remember(body, invocation);
}

function compare([one, other]) {
  const answer = ({ success, data, error }) => JSON.stringify(success ? data : error?.code);
  const same = one.success === other.success && answer(one) === answer(other);
  const note = page.querySelector("[data-same]");
  note.hidden = false;
  note.classList.toggle("ok", same);
  note.classList.toggle("warn", !same);
  note.querySelector("div").textContent = same ? gettext("Both answered the same.") : gettext("The answers differ.");
}

// Earlier inputs

function excerpt({ text: words, payload: part }) {
  const said = words || (part === null || part === undefined ? "" : JSON.stringify(part));
  return said.length > 90 ? `${said.slice(0, 90)}…` : said || gettext("(empty)");
}

function pastLine(entry) {
  const when = new Date(entry.at);
  return element("li", {}, element("a", { href: `?from=${entry.id}`, "data-past": entry.id, class: "break" }, excerpt(entry)),
    element("span", { class: "muted" }, entry.skill ?? "", " ", element("time", { datetime: entry.at, "data-ago": true }, ago(when))), badge(entry.status));
}

function showPast() {
  const list = page.querySelector("[data-past-list]");
  list.replaceChildren(...catalogue.past.map(pastLine));
  page.querySelector("[data-past-section]").hidden = !catalogue.past.length;
}

function remember(body, invocation) {
  const entry = { id: invocation.id, skill: invocation.skill ?? "", text: body.text ?? null, payload: body.payload ?? null, session: body.session ?? "",
    status: invocation.status, at: invocation.created_at, whole: true };
  const key = (one) => JSON.stringify([one.skill, one.text, one.payload, one.session]);
  catalogue.past = [entry, ...catalogue.past.filter((one) => key(one) !== key(entry))].slice(0, MOST_PAST);
  showPast();
}

function fill(entry) {
  text.value = entry.text ?? "";
  session.value = entry.session ?? "";
  if (skills().some(({ name }) => name === entry.skill)) skill.value = entry.skill;
  showSkill();
  payload.set(entry.payload);
  fail("");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
// Mod+Enter runs from anywhere on the page; within the form the console's own key does it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || form.contains(event.target)) return;
  event.preventDefault();
  run();
});
form.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (example) text.value = example.dataset.example;
  const copier = event.target.closest("[data-copy-as]");
  if (!copier) return;
  const body = request(version.value);
  if (body) copier.dataset.copyText = copier.dataset.copyAs === "curl" ? curl(body) : python(body);
  else event.stopPropagation();
}, { capture: true });
page.addEventListener("click", (event) => {
  const link = event.target.closest("[data-past]");
  const entry = link && catalogue.past.find(({ id }) => id === link.dataset.past);
  // One too large for this page is fetched by its address.
  if (!entry?.whole || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fill(entry);
  text.focus();
});
version.addEventListener("change", showVersion);
beside?.addEventListener("change", showVersion);
skill.addEventListener("change", showSkill);

showVersion();
showPast();
if (catalogue.from) fill(catalogue.from);
