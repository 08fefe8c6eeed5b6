"""Each native isolation on a runtime of its own, opened once."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Outcome, Runtime, build_image
from sandbox.tests.conftest import Agent, image_dir, web

__all__ = ["web"]


class Native(Agent):
    """Runs source in one of the native isolations and keeps what it told."""

    def __init__(self, runtime: Runtime, isolation: str) -> None:
        super().__init__(runtime)
        self.isolation = isolation

    def run(self, source: Any, **options: Any) -> Outcome:
        return super().run(source, **{"isolation": self.isolation, **options})

    def works(self) -> None:
        """The next run, whatever the last one did."""
        assert self.body("return 'well'").data == "well"


@pytest.fixture(scope="session")
def native_runtime() -> Iterator[Runtime]:
    build_image(image_dir(), print)
    opened = Runtime.open(image_dir())
    yield opened
    opened.close()


@pytest.fixture
def confined(native_runtime: Runtime) -> Native:
    return Native(native_runtime, "namespace")


@pytest.fixture(params=["namespace", "process"])
def native(native_runtime: Runtime, request: pytest.FixtureRequest) -> Native:
    return Native(native_runtime, request.param)
