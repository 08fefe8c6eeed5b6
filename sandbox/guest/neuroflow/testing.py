"""For an agent's own tests, which run in the sandbox when a version is uploaded.

from neuroflow.testing import ask, http_answers, parametrize

@parametrize("text, sum", [("add 3 and 4", 7), ("add 0 and 0", 0)])
def test_it_adds(text, sum):
    assert ask(text) == sum

def test_it_asks_the_weather_service():
    with http_answers({"GET https://weather.example/*": {"degrees": 21}}) as web:
        assert ask("weather in Oslo") == "21 degrees"
    assert web.requests[0].url.endswith("city=Oslo")
"""

import base64
import contextlib
import fnmatch
import inspect
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from neuroflow import _bridge, _loop, _serve, _tests
from neuroflow.errors import CapabilityDenied, CapabilityError, CapabilityTimeout

__all__ = ["Answer", "HttpAnswers", "Sent", "approx", "ask", "ask_async", "capability_answers", "http_answers"]
__all__ += ["parametrize", "raises"]

Function = TypeVar("Function", bound=Callable[..., Any])
skills: dict[str, _serve.Served] = {}


def ask(
    text: str = "",
    *,
    payload: Any = None,
    skill: str | None = None,
    config: dict[str, Any] | None = None,
    session: str | None = None,
    grants: dict[str, Any] | None = None,
) -> Any:
    """The data that the agent answers with, as a client would read it. Raises what the agent raises.

    `grants` are terms that the kit itself looks at, such as {"files": {"max_bytes": 1000}}.
    """
    if _loop.running():
        raise RuntimeError("this test is a coroutine; write `await ask_async(...)`, or make it a plain `def`")
    return json.loads(_serve.serve(skills, _call(text, payload, skill, config, session, grants)))


async def ask_async(
    text: str = "",
    *,
    payload: Any = None,
    skill: str | None = None,
    config: dict[str, Any] | None = None,
    session: str | None = None,
    grants: dict[str, Any] | None = None,
) -> Any:
    """The same as `ask`, for a test that is a coroutine."""
    function, args, named = _serve.prepare_call(skills, _call(text, payload, skill, config, session, grants))
    result = function(*args, **named)
    return json.loads(_serve.encode(await result if inspect.isawaitable(result) else result))


def _call(text: str, payload: Any, skill: str | None, config: Any, session: str | None, grants: Any) -> dict[str, Any]:
    call = {"text": text, "payload": payload, "skill": skill, "config": config, "session": session, "grants": grants}
    # What a client sends arrives as JSON, so it is made JSON here too.
    return {**json.loads(json.dumps(call)), "agent": "test"}


class raises:
    """`with raises(ValueError, match="zero") as caught:` holds when the block raises that.

    `expected` is an exception class or a tuple of them; `match` a regular expression that its text must contain.
    Afterwards `caught.value` is the exception.
    """

    value: BaseException

    def __init__(self, expected: type[BaseException] | tuple[type[BaseException], ...], match: str = "") -> None:
        self._expected = expected
        self._match = match

    def __enter__(self) -> "raises":
        return self

    def __exit__(self, kind: Any, error: BaseException | None, tb: Any) -> bool:
        if error is None:
            many = self._expected if isinstance(self._expected, tuple) else (self._expected,)
            names = " or ".join(one.__name__ for one in many)
            raise AssertionError(f"{names} was expected, and nothing was raised")
        if not isinstance(error, self._expected):
            return False
        if self._match not in str(error) and not re.search(self._match, str(error)):
            raise AssertionError(f"{str(error)!r} does not match {self._match!r}")
        self.value = error
        return True


def parametrize(
    names: str | Iterable[str], values: Iterable[Any], ids: Iterable[str] | None = None
) -> Callable[[Function], Function]:
    """Run a test once for each of the values: `@parametrize("text, sum", [("1 + 1", 2), ("2 + 2", 4)])`.

    With one name the values are taken as they are, with several each is a tuple. Several decorators multiply.
    """
    split = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    rows = [(value,) if len(split) == 1 else tuple(value) for value in values]
    for row in rows:
        if len(row) != len(split):
            raise ValueError(f"parametrize names {', '.join(split)}, and {row!r} has {len(row)} values")
    labels = list(ids) if ids is not None else ["-".join(_label(v) for v in row) for row in rows]
    if len(labels) != len(rows):
        raise ValueError(f"parametrize has {len(rows)} rows of values and {len(labels)} ids")

    def mark(function: Function) -> Function:
        cases = getattr(function, _tests.CASES, ())
        setattr(function, _tests.CASES, [(split, list(zip(labels, rows, strict=True))), *cases])
        return function

    return mark


def _label(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


class approx:
    """`assert 0.1 + 0.2 == approx(0.3)`: numbers that are nearly equal, also inside lists, tuples and dicts.

    `rel` is the difference allowed as a part of the expected value, `abs` as a number; one of them suffices.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float = 1e-6, abs: float = 1e-12) -> None:
        self._expected, self._rel, self._abs = expected, rel, abs

    def __eq__(self, other: object) -> bool:
        return self._near(self._expected, other)

    def _near(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, Mapping):
            return (
                isinstance(actual, Mapping)
                and expected.keys() == actual.keys()
                and all(self._near(expected[key], actual[key]) for key in expected)
            )
        if isinstance(expected, (list, tuple)):
            return (
                isinstance(actual, (list, tuple))
                and len(expected) == len(actual)
                and all(self._near(*pair) for pair in zip(expected, actual, strict=True))
            )
        try:
            return expected == actual or math.isclose(actual, expected, rel_tol=self._rel, abs_tol=self._abs)
        except TypeError:
            return False

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"


class Answer:
    """An answer of the web as a test wants it: status, body (JSON value, text or bytes) and headers."""

    def __init__(self, body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.body, self.status, self.headers = body, status, dict(headers or {})

    def encoded(self, url: str) -> dict[str, Any]:
        """As the host would give it."""
        headers = {key.lower(): value for key, value in self.headers.items()}
        if isinstance(self.body, bytes):
            content = self.body
        elif isinstance(self.body, str):
            content = self.body.encode()
            headers.setdefault("content-type", "text/plain; charset=utf-8")
        elif self.body is None:
            content = b""
        else:
            content = json.dumps(self.body).encode()
            headers.setdefault("content-type", "application/json")
        pairs = [[key, value] for key, value in headers.items()]
        return {"status": self.status, "headers": pairs, "body": base64.b64encode(content).decode(), "url": url}


class Sent:
    """A request that the agent made: `method`, `url`, `headers` (names in lower case), `content`, `json()`."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.method = str(request.get("method", "GET"))
        self.url = str(request.get("url", ""))
        self.headers = {str(key).lower(): str(value) for key, value in request.get("headers") or ()}
        self.content = base64.b64decode(request.get("body") or "")

    def json(self) -> Any:
        """The content read as JSON. Raises ValueError."""
        return json.loads(self.content)

    def __repr__(self) -> str:
        return f"<{self.method} {self.url}>"


class HttpAnswers:
    """What `http_answers` gives: `requests`, those that the agent made, in their order."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.requests: list[Sent] = []
        self._answers = dict(answers)
        self._turns = {key: list(value) for key, value in answers.items() if isinstance(value, tuple)}

    def answer(self, request: dict[str, Any]) -> Any:
        """The host's answer to a request of the http capability."""
        sent = Sent(request)
        self.requests.append(sent)
        for key, value in self._answers.items():
            method, _, pattern = key.rpartition(" ")
            if method.strip() in ("", sent.method) and (sent.url == pattern or fnmatch.fnmatchcase(sent.url, pattern)):
                turns = self._turns.get(key)
                if turns is not None:
                    value = turns.pop(0) if len(turns) > 1 else turns[0]
                return self._made(value, sent)
        there = ", ".join(self._answers) or "none"
        raise CapabilityDenied(f"the test has no answer for {sent.method} {sent.url}; it has answers for: {there}")

    def _made(self, value: Any, sent: Sent) -> Any:
        if callable(value):
            value = value(sent)
        if isinstance(value, BaseException):
            raise value
        return (value if isinstance(value, Answer) else Answer(value)).encoded(sent.url)


@contextlib.contextmanager
def http_answers(answers: Mapping[str, Any]) -> Iterator[HttpAnswers]:
    """Answer the agent's web requests in the test, so that it needs no network.

    Keys are addresses, with a method before them where it matters and `*` for any characters: "https://x.example/*",
    "POST https://x.example/v1". A value is a JSON value or text to answer with 200, an `Answer`, an exception to raise
    (such as CapabilityTimeout("slow")), or a function that takes the `Sent` request and gives one of these. A tuple has
    the answers to one call after the other, the last of them to all further ones. A request without an answer raises
    CapabilityDenied.
    """
    web = HttpAnswers(answers)
    with capability_answers("http", web.answer):
        yield web


@contextlib.contextmanager
def capability_answers(name: str, answer: Callable[[dict[str, Any]], Any]) -> Iterator[None]:
    """Let a function of the test answer the calls of a capability: it takes the request as it would go to the host, a
    dict, and gives the host's answer, or raises CapabilityDenied, CapabilityTimeout or CapabilityError."""
    real = _bridge.start

    def start(capability: str, request: dict[str, Any], span_id: str, done: Callable[[_bridge.Result], None]) -> int:
        if capability != name:
            return real(capability, request, span_id, done)
        try:
            result: _bridge.Result = (True, answer(json.loads(json.dumps(request))))
        except CapabilityDenied as error:
            result = (False, {"code": "capability_denied", "message": str(error)})
        except CapabilityTimeout as error:
            result = (False, {"code": "timeout", "message": str(error), "kind": error.kind})
        except CapabilityError as error:
            result = (False, {"code": "failed", "message": str(error), "kind": error.kind})
        done(result)
        return 0

    _bridge.start = start
    try:
        yield
    finally:
        _bridge.start = real
