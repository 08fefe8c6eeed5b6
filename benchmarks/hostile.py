"""Good and hostile agents for measurements, and the web service that they ask, in a process of its own."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox import Call, Cancel, Outcome, Runtime, Source
from sandbox.tests.attacks.attack import RUN_SPAN, Attack, Events, attacks, faults_of, module

#: One or more of each kind, all of them short.
MIX = re.findall(
    r"\S+",
    """
    loops-while loops-while-fuel loops-regex loops-int-power loops-in-c-sum loops-wait-in-tiny-steps loops-sleep
    hidden-dunder-del hidden-generator-close hidden-error-str hidden-json-default hidden-tasks-that-breed
    memory-bytearrays memory-one-string memory-strings memory-json-large memory-frames-kept
    memory-caught-again-and-again floods-print floods-return-text floods-log-one-field floods-spans
    floods-error-message floods-raw-emit-of-nothing recursion-plain recursion-json-loads recursion-repr-deep
    recursion-pickle-loads recursion-at-import reach-files-passwd reach-processes-fork reach-network-by-the-original
    reach-heap-objects reach-module-state channel-emit-span-of-the-wrong-types channel-outstanding-at-the-end
    channel-outstanding-at-a-crash channel-start-without-end channel-start-http-of-the-wrong-types
    channel-concurrent-http channel-answers-of-others liars-error-str-fails liars-dict-whose-items-lie
    patches-json-dumps-deep patches-verdict-giant patches-failure-giant crashes-exits crashes-aborts crashes-segfault
    crashes-modules-cleared crashes-dicts-cleared
    """,
)

_GOOD = [
    module("trivial", "def handle(request): return request.text", answer="hello"),
    module("trivial-again", "async def handle(request):\n    return request.text", answer="hello"),
    module(
        "talking",
        """
from neuroflow import emit_metric, log

async def handle(request, context):
    with context.span("work", size=10) as attributes:
        log.info("working", step=1)
        emit_metric("steps", 3)
        print("printed")
        attributes["done"] = True
    return {"said": request.text}
""",
        answer={"said": "hello"},
    ),
    module(
        "asking",
        """
import asyncio

async def handle(request, context):
    answers = await asyncio.gather(*(context.http.get(context.config["web"] + f"/{n}") for n in range(3)))
    return [answer.status for answer in answers]
""",
        answer=[200, 200, 200],
        grants=("http",),
    ),
    module(
        "computing",
        "import json\ndef handle(request): return sum(json.loads(json.dumps(list(range(5000)))))",
        answer=12_497_500,
    ),
]


@dataclass
class Service:
    """Where agents find the web service."""

    host: str

    def config(self) -> dict[str, Any]:
        return {"web": f"http://{self.host}", "host": self.host}

    def grants(self, attack: Attack) -> dict[str, Any]:
        every: dict[str, Any] = {"http": {"hosts": [self.host]}, "config": {}}
        return {name: every[name] for name in attack.grants}


@contextlib.contextmanager
def service() -> Iterator[Service]:
    """The tests' web service, on loopback, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.hostile"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Service(process.stdout.readline().strip())
        finally:
            process.stdin.close()


def good(number: int) -> Attack:
    """An agent that means well; every fortieth was never seen before, as after an upload."""
    attack = _GOOD[number % len(_GOOD)]
    if number % 40 == 0:
        return module(f"new-{number}", f"# {number}\ndef handle(request): return request.text", answer="hello")
    return attack


def hostile() -> list[Attack]:
    """The agents of the mix."""
    known = {attack.name: attack for attack in attacks()}
    return [known[name] for name in MIX]


def run(runtime: Runtime, at: Service, attack: Attack) -> tuple[Outcome, list[str]]:
    """Run one agent; gives its outcome and what is wrong with it."""
    events: Events = []
    call = Call(
        skill=None,
        text="hello",
        payload=None,
        session=None,
        invocation_id="measured",
        trace_id="0" * 32,
        span_id=RUN_SPAN,
        config=at.config(),
        agent="measured",
        version=1,
    )
    outcome = runtime.run(
        Source(attack.files),
        call,
        attack.limits,
        grants=at.grants(attack),
        on_event=lambda kind, data: events.append((kind, data)),
        cancel=Cancel(),
    )
    return outcome, faults_of(attack, outcome, events)


def _serve() -> None:
    from sandbox.tests.web import Web

    with Web() as web:
        print(web.host, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
