"""One image and one runtime for all tests of the sandbox."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Call, Limits, Outcome, Runtime, Source, build_image
from sandbox.tests.web import Web

ROOT = Path(__file__).parents[2]


def image_dir() -> Path:
    """Where tests keep the image; built once and kept."""
    return Path(os.environ.get("NEUROFLOW_IMAGE_DIR") or ROOT / "var" / "image")


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    directory = image_dir()
    build_image(directory, print)
    opened = Runtime.open(directory)
    yield opened
    opened.close()


def make_call(**fields: Any) -> Call:
    """A call with everything but what matters filled in."""
    usual: dict[str, Any] = {
        "skill": None,
        "text": None,
        "payload": None,
        "session": None,
        "invocation_id": "inv-1",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "config": {},
        "agent": "tested",
        "version": 1,
    }
    return Call(**{**usual, **fields})


class Agent:
    """Runs source in the sandbox and keeps what it told."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.events: list[tuple[str, dict[str, Any]]] = []

    def run(
        self,
        source: str | dict[str, str] | Source,
        *,
        limits: Limits | None = None,
        grants: dict[str, Any] | None = None,
        on_event: Callable[[str, dict[str, Any]], None] | None = None,
        cancel: Any = None,
        on_effect: Any = None,
        grants_now: Any = None,
        secrets: Any = None,
        isolation: str = "wasm",
        lifetime: Any = "fresh",
        **call: Any,
    ) -> Outcome:
        files = {"agent.py": source} if isinstance(source, str) else source
        return self.runtime.run(
            files,
            make_call(**call),
            limits or Limits(wall_ms=15_000),
            grants=grants or {},
            on_event=on_event or (lambda kind, data: self.events.append((kind, data))),
            cancel=cancel,
            on_effect=on_effect,
            grants_now=grants_now,
            secrets=secrets,
            isolation=isolation,
            lifetime=lifetime,
        )

    def body(self, lines: str, **options: Any) -> Outcome:
        """Run the lines as the body of a handle."""
        indented = "\n".join("    " + line for line in lines.strip("\n").splitlines())
        return self.run(f"async def handle(request, context):\n{indented}\n", **options)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [data for k, data in self.events if k == kind]


@pytest.fixture
def agent(runtime: Runtime) -> Agent:
    return Agent(runtime)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server
