"""An index for tests, and packages from it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.packages import WASM, Resolved, Target, resolve
from testing.package_index import Index

Resolve = Callable[..., list[Resolved]]


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as started:
        yield started


@pytest.fixture
def resolved(index: Index, tmp_path: Path) -> Resolve:
    """resolved(line, ..., target=WASM) → what the lines of a requirements.txt come to, from the test's index."""

    def ask(*lines: str, target: Target = WASM, url: str | None = None) -> list[Resolved]:
        return resolve("\n".join(lines), target, tmp_path / "cache", url or index.url)

    return ask
