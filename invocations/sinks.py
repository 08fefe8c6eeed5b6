"""Where settled invocations are told of beyond our own tables. The floor above registers sinks when it starts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from .models import Invocation

log = logging.getLogger(__name__)

# Called after commit, in the settling process, with the invocation and all its events. Must be quick: queue, not send.
Sink = Callable[[Invocation, Sequence[dict[str, Any]]], None]
_sinks: list[Sink] = []


def register(sink: Sink) -> None:
    if sink not in _sinks:
        _sinks.append(sink)


def tell(invocation: Invocation, events: Sequence[dict[str, Any]]) -> None:
    """Hand a settled invocation to every sink; one that fails loses its copy and nothing else."""
    for sink in _sinks:
        try:
            sink(invocation, events)
        except Exception:
            log.exception("a sink failed for invocation %s", invocation.pk)
