"""The documentation is held to the code."""

from __future__ import annotations

import re
from pathlib import Path

import neuroflow_site.urls  # noqa: F401  (imports everything that defines an error)
from accounts.errors import ProductError
from invocations.errors import CATALOGUE

DOCS = Path(__file__).resolve().parents[2] / "docs"


def documented() -> dict[str, str]:
    """{code: status} of docs/errors.md."""
    rows = re.findall(r"^\| `(\w+)` \| ([\d, ]+) \|", (DOCS / "errors.md").read_text(), re.MULTILINE)
    return dict(rows)


def subclasses(kind: type[ProductError]) -> set[type[ProductError]]:
    found = {kind}
    for child in kind.__subclasses__():
        found |= subclasses(child)
    return found


def test_every_error_code_is_documented_with_its_status():
    known = documented()
    for error in subclasses(ProductError):
        assert str(error.http) in known[error.code], error
    for code, kind in CATALOGUE.items():
        assert known[code] == str(kind.http), code


def test_nothing_is_documented_that_does_not_exist():
    codes = {error.code for error in subclasses(ProductError)} | set(CATALOGUE)
    assert set(documented()) - codes <= {"unauthenticated", "forbidden", "method_not_allowed", "internal_error"}
