"""Agents that misuse the channel to their host: each ends its own run and nothing else."""

import time

import pytest

from sandbox import Cancel, Limits, Source
from sandbox.native.tests.conftest import Native

FRAME = """
import os, struct
def frame(kind, data, size=None):
    data = struct.pack('=cI', kind, len(data) if size is None else size) + data
    while data: data = data[os.write(100, data):]
"""


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("os.write(100, b'GET / HTTP/1.1' * 10)", "not what a sandbox sends"),
        ("os.write(100, bytes(100))", "not what a sandbox sends"),
        ("frame(b'e', b'', 0xffffffff)", "4,294,967,295 bytes at once"),
        ("frame(b's', b'', 1 << 30)", "1,073,741,824 bytes at once"),
        ("frame(b'e', bytes([255]) * 10)", "not UTF-8"),
        ("frame(b'e', b'no second field')", "lacks a part"),
        ("frame(b's', b'no second field')", "lacks a part"),
        ("frame(b'r', b'')", "out of turn"),
        ("frame(b'w', b'soon')", "not a number"),
        ("frame(b'w', b'9' * 4000)", "not a number"),
        ("frame(b'w', '\\u0663'.encode())", "not a number"),
    ],
)
def test_malformed_frames_end_the_run(native: Native, lines: str, says: str) -> None:
    outcome = native.body(FRAME + lines + "\nwhile True: pass")
    assert (outcome.failure.code, says in outcome.failure.message) == ("agent_error", True), outcome.failure
    native.works()


def test_an_answer_without_end_is_too_large(native: Native) -> None:
    outcome = native.body(FRAME + "frame(b'a', b'', 1 << 31)")
    assert (outcome.failure.code, outcome.failure.detail["measured"]) == ("output_limit", 1 << 31)


def test_a_forged_answer_is_only_an_answer(native: Native) -> None:
    assert native.body(FRAME + "frame(b'a', b'ok\\n[1]')\nwhile True: pass").data == [1]
    assert native.body(FRAME + "frame(b'a', b'ok\\nnonsense')").failure.code == "agent_error"
    assert native.body(FRAME + "frame(b'a', b'nonsense')").failure.code == "agent_error"
    native.works()


def test_a_layer_that_code_claims_was_refused_is_no_fault_of_the_host(native: Native) -> None:
    assert native.body(FRAME + "frame(b'x', b'seccomp' + bytes(1) + b'gone')").failure.code == "agent_error"
    native.works()


@pytest.mark.parametrize(
    "lines",
    [
        "frame(b'e', b'', 1000)\nwhile True: pass",
        "while True: frame(b'w', b'0')",
        "while True: frame(b'f', b'x')",
        "os.write(100, struct.pack('=cI', b'e', 1 << 20))\nwhile True: os.write(100, b'x')",
        "import time\nos.write(100, b'e')\nctypes = __import__('ctypes')\nctypes.CDLL(None).sleep(60)",
    ],
)
def test_neither_silence_nor_talk_without_end_holds_the_host(native: Native, lines: str) -> None:
    began = time.monotonic()
    outcome = native.body(FRAME + lines, limits=Limits(wall_ms=700))
    assert outcome.failure.code in ("time_limit", "agent_error"), outcome.failure
    assert time.monotonic() - began < 20
    native.works()


def test_events_without_end_are_counted(native: Native) -> None:
    lines = FRAME + "while True: frame(b'e', b'log' + bytes(1) + b'{}')"
    assert native.body(lines).failure.code == "log_limit"


def test_who_reads_no_answers_is_cancelled_as_any_other(native: Native) -> None:
    cancel = Cancel()
    lines = FRAME + "print('there')\nwhile True: frame(b's', b'config' + bytes(1) + b'{}')"

    def on_event(kind: str, data: dict[str, object]) -> None:
        if kind == "log":
            cancel.cancel("enough")

    outcome = native.body(lines, cancel=cancel, on_event=on_event, limits=Limits(capability_calls=10_000))
    assert outcome.failure.code in ("cancelled", "capability_limit"), outcome.failure


def test_a_computing_run_is_cancelled(native: Native) -> None:
    cancel = Cancel()

    def on_event(kind: str, data: dict[str, object]) -> None:
        cancel.cancel("enough")

    outcome = native.body("print('there')\nwhile True: pass", cancel=cancel, on_event=on_event)
    assert (outcome.failure.code, outcome.failure.message) == ("cancelled", "enough")


def test_an_event_that_cannot_be_told_is_no_harm(native: Native) -> None:
    assert native.body(FRAME + "frame(b'e', b'log' + bytes(1) + b'[' * 1000)\nreturn 1").data == 1


def test_prepared_sandboxes_are_handed_out_once(native: Native) -> None:
    source = {"agent.py": "n = 0\ndef handle(request):\n    global n\n    n += 1\n    return n"}
    native.runtime.warm(source, 2, isolation=native.isolation)
    until = time.monotonic() + 20
    backend = native.runtime._backend(native.isolation)
    shelf = backend.pool._shelves[Source.of(source).id]
    while len(shelf.ready) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    hits = backend.pool.hits
    assert [native.run(source).data for _ in range(3)] == [1, 1, 1]
    assert backend.pool.hits > hits


def test_a_sandbox_that_is_kept_serves_again(native: Native) -> None:
    source = "n = 0\ndef handle(request):\n    global n\n    n += 1\n    return n  # kept"
    assert [native.run(source, lifetime="reuse").data for _ in range(3)] == [1, 2, 3]


def test_several_runs_at_once(native: Native) -> None:
    from concurrent.futures import ThreadPoolExecutor

    source = "import time\ndef handle(request):\n    time.sleep(0.2)\n    return request.text"
    with ThreadPoolExecutor(8) as threads:
        given = [str(number) for number in range(16)]
        assert [o.data for o in threads.map(lambda text: native.run(source, text=text), given)] == given
