"""Which ways to isolate code can be chosen here, and why the others cannot."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

import sandbox

from .words import ISOLATIONS


def choices(chosen: str) -> list[dict[str, Any]]:
    """Each as {"value", "label", "sentence", "reason": why it cannot be chosen or "", "chosen"}."""
    return [
        {
            "value": value,
            "label": label,
            "sentence": sentence,
            "reason": _reason(value),
            "chosen": value == chosen,
        }
        for value, (label, sentence) in ISOLATIONS.items()
    ]


def _reason(value: str) -> str:
    if value not in sandbox.ISOLATIONS:
        return _("This installation does not carry it.")
    return ""
