"""Which ways to isolate code can be chosen here, and why the others cannot."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

import sandbox
from sandbox.native.layers import HOW, REQUIRED, WISHED, probe

from .words import ISOLATIONS

Layers = dict[str, dict[str, str | None]]
KNOWN_SECONDS = 600.0  # a machine seldom changes, and to try it takes a quarter of a second
_lock = threading.Lock()
_found: tuple[float, Layers | str] | None = None


def choices(chosen: str) -> list[dict[str, Any]]:
    """Each as {"value", "label", "sentence", "reason": why it cannot be chosen or "", "lacks": what would make it
    stronger and is not there, "chosen"}. Told of this machine; workers elsewhere may differ."""
    return [
        {
            "value": value,
            "label": label,
            "sentence": sentence,
            "reason": _reason(value),
            "lacks": _lacks(value),
            "chosen": value == chosen,
        }
        for value, (label, sentence) in ISOLATIONS.items()
    ]


def _reason(value: str) -> str:
    if value not in sandbox.ISOLATIONS:
        return _("This installation does not carry it.")
    if value not in REQUIRED:
        return ""
    found = _layers()
    if isinstance(found, str):
        return found
    for layer in REQUIRED[value]:
        if found[value][layer] is not None:
            told = f"{layer}: {found[value][layer]}"
            return f"{told}; {HOW[layer]}" if layer in HOW else told
    return ""


def _lacks(value: str) -> list[str]:
    found = _layers() if value in WISHED else ""
    if isinstance(found, str):
        return []
    return [f"{layer}: {found[value][layer]}" for layer in WISHED[value] if found[value][layer] is not None]


def _layers() -> Layers | str:
    """What this machine gives, by isolation and layer; or why that could not be tried."""
    global _found
    with _lock:
        if _found is None or time.monotonic() - _found[0] > KNOWN_SECONDS:
            try:
                found: Layers | str = probe(settings.NEUROFLOW["IMAGE_DIR"])
            except (sandbox.ImageMissing, sandbox.IsolationUnavailable) as error:
                found = str(error)
            _found = (time.monotonic(), found)
        return _found[1]
