"""Limits as people write and read them: “128 MiB”, “30 s”, “150 G”. The sandbox counts bytes, ms and instructions."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
TIME = {"ms": 1, "s": 1000, "min": 60_000}
COUNT = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
SHOWN = {"bytes": ("GiB", "MiB", "KiB"), "ms": ("min", "s"), "count": ("T", "G", "M")}
WRITTEN = re.compile(r"([0-9][0-9\s\u202f_,.]*)\s*([A-Za-z]*)")
THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


def kind(name: str) -> str:
    """`bytes`, `ms` or `count`, by the limit's name."""
    return "bytes" if name.endswith("bytes") else "ms" if name.endswith("_ms") else "count"


def units(name: str) -> dict[str, int]:
    return {"bytes": BYTES, "ms": TIME, "count": COUNT}[kind(name)]


def show(name: str, value: int) -> str:
    """Exact: what `parse` would read as the same number again."""
    known = units(name)
    for unit in SHOWN[kind(name)]:
        if value and value % known[unit] == 0:
            return f"{value // known[unit]} {unit}"
    grouped = f"{value:,}".replace(",", "\u202f")
    return grouped if kind(name) == "count" else f"{grouped} {next(iter(known))}"


def parse(name: str, text: str) -> int:
    """The number meant. Raises ValueError with a sentence that names the units."""
    known = units(name)
    match = WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(_example(name))
    digits = re.sub(r"[\s\u202f_]", "", match[1])
    if THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    by_name = {unit.lower(): size for unit, size in reversed(known.items())}
    unit = match[2] or ("" if "" in known else next(iter(known)))
    factor = known.get(unit, by_name.get(unit.lower()))
    try:
        if factor is None or len(digits) > 40:
            raise ValueError(_example(name))
        value = Decimal(digits) * factor
    except InvalidOperation:
        raise ValueError(_example(name)) from None
    if value != int(value):
        raise ValueError(_("This must be a whole number."))
    return int(value)


def _example(name: str) -> str:
    examples = {"bytes": "128 MiB, 64 KiB, 5000 B", "ms": "30 s, 1500 ms, 2 min", "count": "2000, 20 M, 150 G"}
    return _("Write a number with its unit, such as %(examples)s.") % {"examples": examples[kind(name)]}
