// What one run used, each against its limit where it has one.
import { element } from "./live.js";
import { milliseconds } from "./times.js";

export function bytes(value) {
  for (const [size, unit] of [[1024 ** 3, "GiB"], [1024 ** 2, "MiB"], [1024, "KiB"]]) {
    if (value >= size) return `${Number((value / size).toPrecision(3))} ${unit}`;
  }
  return `${value} B`;
}

export function count(value) {
  for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"]]) {
    if (value >= size) return `${Number((value / size).toPrecision(3))} ${unit}`;
  }
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

function share(used, limit) {
  const percent = (100 * used) / limit;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${Number(percent.toPrecision(2))} %`;
}

// Elements for a dl.usage: a word, the value, and a bar with its share of the limit.
export function usageMeters(usage, timing, limits) {
  const rows = [
    [gettext("Time"), timing.sandbox_ms, milliseconds, limits.wall_ms],
    [gettext("Fuel"), usage.fuel, count, limits.fuel],
    [gettext("Memory"), usage.memory_bytes, bytes, limits.memory_bytes],
    [gettext("Processor"), usage.cpu_ms, milliseconds, null],
    [gettext("Waiting for capabilities"), usage.host_call_ms || null, milliseconds, null],
    [gettext("Bytes out"), usage.bytes_out || null, bytes, null],
    [gettext("Bytes in"), usage.bytes_in || null, bytes, null],
    [gettext("Tokens"), usage.tokens || null, count, null],
  ];
  return rows.filter(([, value]) => value !== null && value !== undefined).map(([name, value, words, limit]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, words(value),
      limit ? element("small", {}, " ", interpolate(gettext("%(share)s of %(limit)s"), { share: share(value, limit), limit: words(limit) }, true)) : null,
      limit ? element("meter", { class: "meter", min: 0, max: 1, high: 0.8, value: Math.min(1, value / limit), "aria-label": name }) : null)));
}
