"""What a client may send: all that no database or sandbox could keep is refused with its field, not with a 500."""

from __future__ import annotations

import asyncio

import pytest
import redis

from invocations.api.parsing import MAX_WAIT, parse
from invocations.consumers import FAILED, LiveConsumer
from invocations.errors import Malformed
from invocations.following import seq


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"text": "a\\u0000b"}', "text"),
        (b'{"text": "\\ud800"}', "text"),
        (b'{"agent": "\\uDC00", "text": "x"}', "agent"),
        (b'{"text": "x", "session": "\\ud800"}', "session"),
        (b'{"agent": "echo", "payload": {"a": ["\\ud800"]}}', "payload"),
        (b'{"agent": "echo", "payload": {"\\u0000": 1}}', "payload"),
        (b'{"agent": "echo", "payload": ' + b"[" * 300 + b"]" * 300 + b"}", "payload"),
        (b'{"agent": "echo", "payload": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", None),
        (b'{"agent": "echo", "payload": {"a": NaN}}', None),
        (b'{"agent": "echo", "payload": {"a": -Infinity}}', None),
        (b'{"agent": "echo", "payload": {"a": 1e999}}', None),
        (b'{"agent": "echo", "payload": {"a": ' + b"1" * 5_000 + b"}}", None),
        (b'{"text": "\xed\xa0\x80"}', None),
    ],
)
def test_what_cannot_be_stored_is_malformed(body, field):
    with pytest.raises(Malformed) as caught:
        parse(body, {"Idempotency-Key": "one"})
    assert caught.value.detail.get("field") == field


def test_what_only_looks_odd_is_taken():
    ask = parse(b'{"agent": "echo", "text": "\\ud83d\\ude00 \\\\u0000", "payload": [1e9, 1.5]}', {}).ask
    assert (ask.text, ask.payload) == ("😀 \\u0000", [1e9, 1.5])


@pytest.mark.parametrize(("wait", "seconds"), [(b"-1", 0.0), (b"2", 2.0), (b"null", 30.0), (b"1" * 400, MAX_WAIT)])
def test_a_wait_is_kept_within_bounds(wait, seconds):
    assert parse(b'{"text": "x", "wait": ' + wait + b"}", {}).wait == seconds


@pytest.mark.parametrize(("given", "number"), [("7", 7), ("", 0), ("-1", 0), ("²", 0), ("9" * 5_000, 0), ("x", 0)])
def test_what_is_no_number_asks_for_all_events(given, number):
    assert seq(given) == number


def test_a_socket_whose_source_fails_is_closed_so_that_the_page_comes_back():
    class Broken(LiveConsumer):
        async def pump(self, actor):
            raise redis.ConnectionError("away")

        async def close(self, code=None, reason=None):
            closed.append(code)

    closed: list[int | None] = []
    asyncio.run(Broken()._run(None))  # type: ignore[arg-type]
    assert closed == [FAILED]
