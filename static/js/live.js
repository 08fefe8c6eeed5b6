// The two live connections. Both come back by themselves; what happened meanwhile is asked for, never assumed.
function socket(path) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}${path}`);
}

// Keeps a socket open until `done()` says that there is nothing more to come. Returns a function that ends it.
function keepOpen(path, onMessage, { done = () => false, onState = () => {} } = {}) {
  let current = null;
  let ended = false;
  let wait = 500;
  let timer = 0;
  const open = () => {
    current = socket(path());
    current.addEventListener("open", () => {
      wait = 500;
      onState(true);
    });
    current.addEventListener("message", (message) => onMessage(JSON.parse(message.data)));
    current.addEventListener("close", () => {
      if (ended || done()) return;
      onState(false);
      timer = setTimeout(open, wait);
      wait = Math.min(10000, wait * 2);
    });
  };
  const end = () => {
    ended = true;
    clearTimeout(timer);
    current?.close();
  };
  open();
  return end;
}

// Invocations accepted and settled: {type, invocation}.
export function feed(onMessage, options) {
  return keepOpen(() => "/ws/feed/", onMessage, options);
}

// The events of one invocation after `after`, each once and in order, until it is settled.
export function follow(id, after, onEvent, { onState } = {}) {
  let seq = after;
  let settled = false;
  const end = keepOpen(
    () => `/ws/invocations/${id}/?after=${seq}`,
    (event) => {
      if (event.seq <= seq) return;
      seq = event.seq;
      settled ||= event.kind === "settled";
      onEvent(event);
      if (settled) end();
    },
    { done: () => settled, onState },
  );
  return end;
}

export async function api(path, { method = "GET", body, headers = {} } = {}) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { error: { code: "unreadable", message: `HTTP ${response.status}`, detail: {} } };
  }
  return { status: response.status, answer };
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/img/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const STATES = {
  queued: ["", "clock", () => gettext("queued")],
  running: ["info busy", "spinner", () => gettext("running")],
  succeeded: ["ok", "check", () => gettext("succeeded")],
  failed: ["bad", "cross", () => gettext("failed")],
  blocked: ["warn", "block", () => gettext("blocked")],
  cancelled: ["", "stop", () => gettext("cancelled")],
  // What a guardrail said.
  allow: ["ok", "check", () => gettext("allow")],
  log: ["", "log", () => gettext("log")],
  flag: ["info", "flag", () => gettext("flag")],
  redact: ["warn", "diff", () => gettext("redact")],
  block: ["bad", "block", () => gettext("block")],
};

export function badge(state) {
  const [tone, symbol, words] = STATES[state] ?? ["", "info", () => state];
  return element("span", { class: `badge ${tone}`, "data-state": state }, icon(symbol), words());
}
