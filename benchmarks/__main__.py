"""`python -m benchmarks [out.json]`: measure, print the table of the design's section 7, write the JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import end_to_end, sandbox

ROWS = [
    ("a fresh sandbox, idle", "sandbox.fresh_idle_ms", "ms", "bare wasmtime", "sandbox.bare_ms"),
    ("a fresh sandbox, saturated", "sandbox.fresh_saturated_ms", "ms", "a Python subprocess", "sandbox.subprocess_ms"),
    ("a fresh sandbox, none prepared", "sandbox.miss_ms", "ms", "bare wasmtime", "sandbox.bare_ms"),
    ("a kept sandbox, used again", "sandbox.reuse_us", "µs", "", ""),
    ("99th percentile after attacks", "sandbox.p99_after_attacks_ms", "ms", "usual", "sandbox.p99_usual_ms"),
    ("a worker's start", "sandbox.worker_start_ms", "ms", "", ""),
    ("private memory of a prepared sandbox", "sandbox.private_mb", "MB", "", ""),
    ("request to reply, one client", "e2e.p50_ms", "ms", "bare Celery + sandbox", "e2e.floor_p50_ms"),
    ("request to reply, 99th percentile", "e2e.p99_ms", "ms", "", ""),
    ("gateway's own share", "gateway.p50_ms", "ms", "key check + one insert", "gateway.floor_p50_ms"),
    ("gateway's own share, 99th percentile", "gateway.p99_ms", "ms", "key check + one insert", "gateway.floor_p99_ms"),
    ("throughput, 32 clients", "throughput.per_s", "/s", "bare Celery + sandbox", "throughput.floor_per_s"),
    ("requests lost under load", "throughput.lost", "", "", ""),
]


def main() -> None:
    results: dict[str, float] = {}
    for module in (sandbox, end_to_end):
        print(f"measuring {module.__name__.removeprefix('benchmarks.')} …", flush=True)
        results.update(module.measure())
    print()
    for label, key, unit, floor_label, floor_key in ROWS:
        if key not in results:
            continue
        line = f"{label:<40} {results[key]:>9.2f} {unit:<3}"
        if floor_key in results:
            line += (
                f"   {floor_label:<24} {results[floor_key]:>9.2f} {unit:<3}  ×{results[key] / results[floor_key]:.2f}"
            )
        print(line)
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "out.json")
    target.write_text(json.dumps({key: round(value, 4) for key, value in sorted(results.items())}, indent=2) + "\n")
    print(f"\nwritten to {target}")


if __name__ == "__main__":
    main()
