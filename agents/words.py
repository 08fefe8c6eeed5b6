"""How limits, isolation and capabilities are called on the pages. The sandbox below speaks English and no Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """A limit's name and one sentence of what it holds; `code` is the error that a breach ends with."""

    label: Any
    sentence: Any
    code: str


LIMITS: dict[str, Words] = {
    "wall_ms": Words(_("Time"), _("From the start of a run to its end, waiting included."), "time_limit"),
    "fuel": Words(
        _("Fuel"), _("Instructions that it may execute; some 15 G are a second of computing."), "fuel_limit"
    ),
    "memory_bytes": Words(_("Memory"), _("The interpreter's own share of some 45 MiB is part of it."), "memory_limit"),
    "output_bytes": Words(_("Answer"), _("The answer's JSON."), "output_limit"),
    "log_lines": Words(_("Log, in lines"), _("How many of them."), "log_limit"),
    "capability_calls": Words(
        _("Capability calls"), _("Web requests and other calls that reach outside the sandbox."), "capability_limit"
    ),
    "log_bytes": Words(_("Log, in bytes"), _("All lines, metrics and spans of a run together."), "log_limit"),
    "recursion_depth": Words(_("Recursion"), _("Depth of Python calls within each other."), "stack_limit"),
    "table_elements": Words(
        _("Table elements"), _("Of WebAssembly's function tables; no Python code needs more."), "table_limit"
    ),
    "instances": Words(
        _("Instances"), _("Of WebAssembly; where code runs in a process of its own, its processes and threads."),
        "instance_limit",
    ),
}  # fmt: skip

SETTINGS: dict[str, Any] = {
    "isolation": _("Isolation"),
    "lifetime": _("Sandboxes"),
    "max_concurrent": _("Runs at once"),
    "rate_per_second": _("Requests a second"),
    "burst": _("Requests at once"),
}

ISOLATIONS: dict[str, tuple[Any, Any]] = {
    "wasm": (
        _("WebAssembly"),
        _("The default: an interpreter of its own that has nothing but what it is handed. Fit for strangers' code."),
    ),
    "namespace": (
        _("Namespaces"),
        _("A process of its own, fenced in by the Linux kernel; for agents that need packages with native code."),
    ),
    "process": (
        _("Process"),
        _("A plain process with limits and without privileges. It sees this machine: only for code that you trust."),
    ),
}

LIFETIMES: dict[str, tuple[Any, Any]] = {
    "fresh": (_("Fresh"), _("Each request has a new sandbox. Nothing is left over from one to the next.")),
    "reuse": (
        _("Reused"),
        _("A sandbox serves many requests, one after another. Faster, but what one leaves in memory the next can read:"
          " only for an agent whose callers may know of each other."),
    ),
}  # fmt: skip
