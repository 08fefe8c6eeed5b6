// The page of one invocation: the waterfall, its details, the log lines; live while it runs.
import { follow } from "./live.js";
import { LogLines } from "./log-lines.js";
import { SpanDetails } from "./span-details.js";
import { TraceState } from "./trace-state.js";
import { Waterfall } from "./waterfall.js";

const page = JSON.parse(document.getElementById("trace-page").textContent);
const selectedInAddress = () => new URLSearchParams(location.hash.slice(1)).get("span");
const state = new TraceState(page.root_span_id);
const logs = new LogLines(document.querySelector("[data-logs]"));
const details = new SpanDetails(document.querySelector("[data-details]"), state, page);
const waterfall = new Waterfall(document.querySelector("[data-waterfall]"), state, {
  nowUs: page.now_us,
  selected: selectedInAddress(),
  onSelect: (id) => {
    waterfall.selected = id;
    history.replaceState(null, "", `#span=${id}`);
    waterfall.draw();
  },
  onDraw: (span, start, now) => details.show(span, start, now),
});

window.addEventListener("hashchange", () => {
  waterfall.selected = selectedInAddress();
  waterfall.draw();
});

function take(event) {
  const logged = state.logs.length;
  state.apply(event);
  for (const line of state.logs.slice(logged)) logs.add(line, waterfall.startOf());
  if (state.logs.length) {
    logs.list.hidden = false;
    logs.list.closest("section").querySelector("[data-no-logs]").hidden = true;
  }
  waterfall.changed(event);
}

for (const event of page.events) take(event);
waterfall.draw();

if (!state.settled) {
  const note = document.querySelector("[data-connection]");
  let told = "";
  follow(page.id, state.seq, (event) => {
    take(event);
    // The server draws head and outcome; it is asked when they have changed.
    if (["started", "settled"].includes(event.kind) && told !== event.kind) {
      told = event.kind;
      htmx.ajax("GET", location.pathname, { target: "#outcome", swap: "outerHTML" });
    }
    if (event.kind === "settled") note.hidden = true;
  }, { onState: (open) => (note.hidden = open) });
  waterfall.tick();
}
