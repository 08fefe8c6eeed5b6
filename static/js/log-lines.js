// Log lines as they arrive; follows the end unless the reader has scrolled up.
import { element } from "./live.js";

export class LogLines {
  constructor(list, { limit = 5000 } = {}) {
    this.list = list;
    this.limit = limit;
    this.count = 0;
    this.start = null;
  }

  add(line, startUs) {
    this.start ??= startUs ?? line.at;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 24;
    const seconds = Math.max(0, (line.at - this.start) / 1e6);
    let message = typeof line.message === "string" ? line.message : JSON.stringify(line.message);
    if (line.fields && Object.keys(line.fields).length) message += ` ${JSON.stringify(line.fields)}`;
    this.list.append(
      element(
        "li",
        { class: String(line.level).toLowerCase() },
        element("span", { class: "at" }, `+${seconds.toFixed(3)}`),
        element("span", { class: "level" }, line.stream ?? line.level),
        element("span", { class: "message" }, message),
      ),
    );
    this.count += 1;
    if (this.list.childElementCount > this.limit) this.list.firstElementChild.remove();
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }
}
