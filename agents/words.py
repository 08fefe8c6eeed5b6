"""How limits, isolation and capabilities are called on the pages. The sandbox below speaks English and no Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


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

# What the sandbox's registry of capabilities says to whoever grants; `agents.registry` looks it up by these very words.
CAPABILITIES = (
    gettext_noop("Calls"),
    gettext_noop("Files"),
    gettext_noop("Hosts"),
    gettext_noop("How large an answer may be, after it was decompressed."),
    gettext_noop("How large one value may be, written as JSON."),
    gettext_noop("How long one call may take, redirects included."),
    gettext_noop("How many calls one invocation may make; without it only the agent's own limit holds."),
    gettext_noop("How many files and directories there may be."),
    gettext_noop("How many keys the agent may have, those of all its sessions included."),
    gettext_noop("How much all files together may hold; it counts towards the agent's memory."),
    gettext_noop("How much all keys and values of the agent together may take."),
    gettext_noop("In all (bytes)"),
    gettext_noop("Keys"),
    gettext_noop("Largest answer (bytes)"),
    gettext_noop("Largest value (bytes)"),
    gettext_noop("Methods"),
    gettext_noop(
        "Names of secrets that are put into requests to the hosts they are bound to. The agent never sees them."
    ),
    gettext_noop("Secrets"),
    gettext_noop("Size (bytes)"),
    gettext_noop("Timeout (ms)"),
    gettext_noop(
        "Which hosts may be asked: a name, *.name for all below it, or host:port. A private address is open only where "
        "its host and port are named."
    ),
    gettext_noop("Which keys of the agent's configuration may be read; without it, all."),
    gettext_noop("Which methods may be used; without it, all."),
    gettext_noop("a scratch directory in memory, gone after the request"),
    gettext_noop("values that an operator set for the agent, one by one"),
    gettext_noop("values that the agent keeps between requests, for itself and for each session"),
    gettext_noop("web requests to the hosts that are named"),
)
