"""For an agent's own tests: ask the loaded agent as a request would.

from neuroflow.testing import ask

def test_it_adds():
    assert ask("add 3 and 4") == 7
"""

import json
from typing import Any

from neuroflow import _serve

skills: dict[str, _serve.Served] = {}


def ask(text: str = "", *, payload: Any = None, skill: str | None = None, config: dict[str, Any] | None = None) -> Any:
    """The data that the agent answers with, as a client would read it. Raises what the agent raises."""
    call = {"text": text, "payload": payload, "skill": skill, "config": config, "agent": "test"}
    return json.loads(_serve.serve(skills, call))


class raises:
    """`with raises(ValueError, match="zero"):` holds when the block raises that."""

    def __init__(self, expected: type[BaseException], match: str = "") -> None:
        self._expected = expected
        self._match = match

    def __enter__(self) -> "raises":
        return self

    def __exit__(self, kind: Any, error: BaseException | None, tb: Any) -> bool:
        if error is None:
            raise AssertionError(f"{self._expected.__name__} was expected, and nothing was raised")
        if not isinstance(error, self._expected):
            return False
        if self._match not in str(error):
            raise AssertionError(f"{str(error)!r} does not contain {self._match!r}")
        return True
