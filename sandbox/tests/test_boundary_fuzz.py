"""Whatever is said across the boundary, in either direction: nothing breaks, what leaves is storable and in shape."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import Limits, Runtime, Source, capabilities, guestjson, schemas
from sandbox.backend import Backend
from sandbox.capabilities import Caller, Denied, Failed
from sandbox.capabilities.http import rules
from sandbox.engine import Ticker, make_engine
from sandbox.host import Guest, Stop
from sandbox.operate import operate
from sandbox.run import Machine, Run
from sandbox.slot import Slot
from sandbox.tests.attacks.attack import RUN_SPAN, Attack, Events, faults_of_events, storable
from sandbox.tests.conftest import Agent

LIMITS = Limits(capability_calls=40, log_lines=200, log_bytes=20_000, output_bytes=20_000, wall_ms=60_000)
#: Port 9 of the own machine: granted, and nobody there.
GRANTS = {"http": {"hosts": ["127.0.0.1:9"]}, "config": {"keys": ["region"]}}
CODES = {"agent_error", "capability_denied", "memory_limit", "stack_limit", "output_limit"}

KEYS = re.findall(
    r"\S+",
    """level message stream fields name value unit attributes span_id parent_id status start_us end_us
    request key url method headers body timeout_ms follow_redirects code detail file line traceback
    description version skills tools capabilities input_schema examples idempotent failure
    $ref $defs properties items pattern type allOf anyOf enum const required additionalProperties""",
)
WORDS = re.findall(
    r"\S+",
    """debug info error ok stdout GET POST region string object null 0123456789abcdef # #/$defs/a ^a+$ (
    http://127.0.0.1:9/ https://example.com/ http://[::1]/ //x ../x file:///etc/passwd a:b@c""",
)
TEXTS = (
    st.sampled_from([*WORDS, RUN_SPAN]) | st.text(max_size=20) | st.text('\0\ud800\udfff\n"\\{}[]:,é好', max_size=20)
)
NUMBERS = st.integers() | st.integers(min_value=10**300, max_value=10**310) | st.floats()
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """JSON of objects that look right, of any values, with something cut out or doubled; or any text."""
    text = json.dumps(draw(OBJECTS | VALUES | OBJECTS.map(lambda request: {"request": request})))
    how = draw(st.sampled_from(["whole", "whole", "whole", "cut", "doubled", "text", "deep"]))
    if how == "cut":
        return text[: draw(st.integers(0, len(text)))]
    if how == "doubled":
        at = draw(st.integers(0, len(text)))
        return text[:at] + text[at // 2 :]
    if how == "deep":
        opening = draw(st.sampled_from(["[", '{"a":', '[{"fields":']))
        return opening * draw(st.sampled_from([199, 200, 201, 1000, 100_000]))
    # A guest's strings are UTF-8 by the time they arrive.
    return draw(TEXTS).encode("utf-8", "replace").decode() if how == "text" else text


KINDS = st.sampled_from(["log", "metric", "span_start", "span_end", "span", "", "verdict"]) | TEXTS
NAMES = st.sampled_from(["http", "config", "state", ""]) | TEXTS
EVENTS = st.lists(st.tuples(KINDS, bodies()), max_size=12)

fuzzed = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    ticker = Ticker(make_engine())
    with ThreadPoolExecutor(4) as executor:
        yield Machine(Slot(), ticker, executor)
    ticker.close()


def new_run(machine: Machine, events: Events) -> Run:
    caller = Caller({"region": "north"}, "owner", None)
    return Run(
        machine,
        LIMITS,
        lambda kind, data: events.append((kind, data)),
        span_id=RUN_SPAN,
        caller=caller,
        grants=lambda: GRANTS,
    )


ANY = Attack("fuzz", {}, (), limits=LIMITS)


@given(said=EVENTS)
@settings(fuzzed, max_examples=150)
def test_events(machine: Machine, said: list[tuple[str, str]]) -> None:
    events: Events = []
    run = new_run(machine, events)
    run.begin()
    try:
        for kind, body in said:
            run.emit(kind, body)
    except Stop:
        assert run.failure.code == "log_limit"
    finally:
        run.end()
    assert faults_of_events(ANY, events) == []


@given(calls=st.lists(st.tuples(NAMES, bodies()), max_size=8), waits=st.lists(st.integers(-1, 1000), max_size=4))
@settings(fuzzed, max_examples=80)
def test_capability_calls(machine: Machine, calls: list[tuple[str, str]], waits: list[int]) -> None:
    """Each call has an id of its own and is answered once, whether it makes sense or not."""
    events: Events = []
    run = new_run(machine, events)
    run.begin()
    ids = [run.start(name, body) for name, body in calls]
    answered: list[int] = []
    try:
        for timeout in [*waits, *([-1] * len(calls))]:
            if len(answered) == len(ids):
                break
            for call_id, ok, result in json.loads(run.wait(timeout)):
                answered.append(call_id)
                assert ok is True or (ok is False and {"code", "message"} <= set(result) <= {"code", "message", "kind"})
                assert storable("result", result, 100_000) == []
    finally:
        run.end()
    assert sorted(answered) == sorted(set(ids)) == ids
    assert json.loads(run.wait(0)) == []
    assert faults_of_events(ANY, events) == []
    assert run.effects in (True, False)


@given(path=TEXTS | bodies())
@settings(fuzzed, max_examples=50)
def test_files_of_packages(machine: Machine, path: str) -> None:
    assert isinstance(new_run(machine, []).fetch(path), str)


class Said:
    """Stands where a sandbox stands: what a guest answers is whatever is given here."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def call(self, operation: str, body: str, guest: Guest, fuel: int, limits: Limits) -> tuple[str, int]:
        return self._answer, 1

    def fuel_left(self) -> int:
        return 0

    def memory_bytes(self) -> int:
        return 1

    def cpu_ms(self) -> float:
        return 0.0

    def close(self) -> None: ...


ANSWERS = st.builds(
    lambda verdict, body: verdict + body,
    st.sampled_from(["ok\n", "ok\n", "failed\n", "failed\n", "ok", "", "\n", "Ok\n", "failed"]),
    bodies() | st.sampled_from(["x" * 30_000, "[" + "1," * 9_000 + "1]", '"' + "好" * 9_000 + '"']),
)


@given(answer=ANSWERS, operation=st.sampled_from(["run", "describe", "health", "test", "load"]))
@settings(fuzzed, max_examples=250)
def test_answers(machine: Machine, answer: str, operation: str) -> None:
    events: Events = []
    run = new_run(machine, events)
    _, reply = operate(run, Said(answer), LIMITS, operation, "{}")
    outcome = Backend._outcome(run, reply, LIMITS)
    assert outcome.success is (outcome.failure is None)
    assert storable("answer", outcome.data, LIMITS.output_bytes * 2) == []
    if outcome.failure is not None:
        assert outcome.failure.code in CODES
        assert storable("failure", [outcome.failure.message, outcome.failure.detail], 500_000) == []
    assert events == []


@given(body=bodies())
@settings(fuzzed, max_examples=150)
def test_what_code_says_of_itself(body: str) -> None:
    for read in (guestjson.manifest, guestjson.test_outcomes, guestjson.failure, guestjson.loads):
        try:
            assert storable("read", read(body), 200_000) == [] or read is guestjson.failure
        except guestjson.BadJson:
            pass


@given(schema=VALUES | OBJECTS, value=VALUES)
@settings(fuzzed, max_examples=150)
def test_schemas(schema: Any, value: Any) -> None:
    try:
        schemas.check(schema)
    except schemas.Unusable:
        pass
    if isinstance(schema, dict):
        try:
            found = schemas.Schema(schema).first_error(value)
        except schemas.Unusable:
            pass
        else:
            assert found is None or (isinstance(found[0], list) and len(found[1]) <= 1000)


@given(request=OBJECTS | VALUES, name=st.sampled_from(capabilities.names()))
@settings(fuzzed, max_examples=150)
def test_requests(request: Any, name: str) -> None:
    try:
        asked, span_id = guestjson.capability_request(json.dumps({"request": request, "span_id": request}))
        admitted = capabilities.get(name).admit(asked, GRANTS.get(name, {}), Caller({"region": "north"}))
    except (Denied, Failed):
        pass
    else:
        assert isinstance(span_id, str)
        assert storable("attributes", admitted.attributes, 20_000) == []


HOSTS = st.text("0123456789abcdefx.:[]%@/\\?#-_ ①。é\u00ad*", max_size=25)


@given(
    url=st.builds(lambda scheme, host: scheme + host, st.sampled_from(["http://", "https://", "http:", "//"]), HOSTS)
)
@settings(fuzzed, max_examples=400)
def test_addresses(url: str) -> None:
    """What can be asked is in one spelling: read again, it is the same; and it is never a private one."""
    try:
        target = rules.parse(url)
    except Failed:
        return
    assert rules.parse(target.url) == target
    with pytest.raises(Denied):
        rules.named_exactly(target, [])


@given(st.ip_addresses())
@settings(fuzzed, max_examples=150)
def test_addresses_inside_of_others_are_judged_too(address: Any) -> None:
    target = rules.parse("http://example.com/")
    try:
        rules.check_address(str(address), target)
    except Denied:
        return
    assert address.is_global
    assert not address.is_multicast


SAYING = """
import json
import wit_world

async def handle(request, context):
    ids, answered = [], []
    for what, first, second in json.loads(request.text):
        if what == "emit": wit_world.emit(first, second)
        elif what == "start": ids.append(wit_world.start(first, second))
        elif what == "fetch": wit_world.fetch(first)
        else: answered += [a[0] for a in json.loads(wit_world.wait(len(first)))]
    while len(answered) < len(ids): answered += [a[0] for a in json.loads(wit_world.wait(1_000_000))]
    return [ids, sorted(answered)]
"""

#: Text as WebAssembly components pass it: without halves of pairs.
SENT = (NAMES | KINDS).map(lambda text: text.encode("utf-8", "replace").decode())
STEPS = st.lists(st.tuples(st.sampled_from(["emit", "emit", "start", "fetch", "wait"]), SENT, bodies()), max_size=10)


@given(steps=STEPS)
@settings(fuzzed, max_examples=40)
def test_a_real_guest(runtime: Runtime, steps: list[tuple[str, str, str]]) -> None:
    agent = Agent(runtime)
    config = {"region": "north"}
    outcome = agent.run(SAYING, text=json.dumps(steps), grants=GRANTS, limits=LIMITS, config=config)
    if outcome.success:
        ids, answered = outcome.data
        assert ids == list(range(1, len(ids) + 1))
        assert answered == ids
    else:
        assert outcome.failure.code in ("log_limit", "agent_error"), outcome.failure
    assert faults_of_events(ANY, agent.events) == []


ANSWERING = """
import _neuroflow_app
_neuroflow_app._answer = lambda operation, body: __import__("json").loads(body)["text"]
def handle(request): pass
"""


@given(answer=ANSWERS)
@settings(fuzzed, max_examples=50)
def test_a_real_guest_that_answers_by_itself(runtime: Runtime, answer: str) -> None:
    outcome = Agent(runtime).run(ANSWERING, text=answer, limits=LIMITS)
    assert outcome.success or outcome.failure.code in CODES
    assert storable("outcome", outcome.data, LIMITS.output_bytes * 2) == []


def test_the_next_ordinary_run_is_well(runtime: Runtime) -> None:
    assert Agent(runtime).body("return 'well'").data == "well"
    assert isinstance(Source({"agent.py": ANSWERING}).id, str)
