"""What an attack is: a short agent, and how its run must end."""

import json
import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import Limits, Outcome

#: An attack may also be told no, catch that, and succeed: then what it answers shows that it got nothing.
OK = "ok"
ANYTHING = object()
AGENTS = Path(__file__).parent / "agents"
_LIMITS = Limits(wall_ms=10_000)
#: The span below which the tests run their agents.
RUN_SPAN = "b7ad6b7169203331"
_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
Events = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Attack:
    """One agent and its ends: `ends` are the codes with which its run may end, `answer` what it then answers."""

    name: str
    files: dict[str, str]
    ends: tuple[str, ...]
    answer: Any = ANYTHING
    limits: Limits = _LIMITS
    grants: tuple[str, ...] = ()


def module(name: str, source: str, *, answer: Any = ANYTHING, grants: tuple[str, ...] = ()) -> Attack:
    """An agent that means well and must succeed."""
    return Attack(name, {"agent.py": source.strip("\n") + "\n"}, (OK,), answer, grants=grants)


def attacks() -> list[Attack]:
    """All agents in `agents/`, in the order in which they stand there."""
    return [attack for path in sorted(AGENTS.glob("*.txt")) for attack in _read(path)]


def _read(path: Path) -> Iterator[Attack]:
    """A file of agents: each begins with a line `== name: ends | options`; what follows is the body of its handle.

    Options: `module` (the lines are the whole agent.py), `http` and `config` (it has that grant), `answer=JSON`, and
    limits by their names.
    """
    _, *parts = re.split(r"^== ", path.read_text(), flags=re.MULTILINE)
    for part in parts:
        head, _, lines = part.partition("\n")
        title, _, options = head.partition(" | ")
        name, _, ends = title.partition(": ")
        given = dict(option.partition("=")[::2] for option in options.split(" ") if option)
        source = lines.strip("\n") + "\n"
        if "module" not in given:
            source = f"async def handle(request, context):\n{textwrap.indent(source, '    ')}"
        limits = {key: int(value) for key, value in given.items() if value.isdigit() and key != "answer"}
        yield Attack(
            f"{path.stem}-{name}",
            {"agent.py": source},
            tuple(ends.split()),
            json.loads(given["answer"]) if "answer" in given else ANYTHING,
            Limits(**{**_LIMITS.to_dict(), **limits}),
            tuple(key for key in given if key in ("http", "config")),
        )


def faults_of(attack: Attack, outcome: Outcome, events: Events) -> list[str]:
    """What is wrong with the way an attack's run ended; nothing when it ended as it must."""
    found = []
    code = OK if outcome.failure is None else outcome.failure.code
    if code not in attack.ends:
        found.append(f"ended with {code} ({outcome.failure or outcome.data!r:.300})")
    if code == OK and attack.answer is not ANYTHING and outcome.data != attack.answer:
        found.append(f"answered {outcome.data!r:.300}")
    if outcome.usage.fuel > attack.limits.fuel or outcome.usage.memory_bytes > attack.limits.memory_bytes:
        found.append(f"used more than it may: {outcome.usage}")
    # One that was not compiled, or had to wait for its turn until its time was over, has used none.
    ran = code != "time_limit" and (outcome.failure is None or outcome.failure.detail.get("type") != "SourceError")
    if not (ran <= outcome.usage.fuel and outcome.usage.cpu_ms >= 0 and outcome.usage.sandbox_ms > 0):
        found.append(f"usage is not what it was: {outcome.usage}")
    if outcome.failure is not None:
        found += storable("failure", [outcome.failure.message, outcome.failure.detail], 100_000)
    return found + storable("answer", outcome.data, attack.limits.output_bytes) + faults_of_events(attack, events)


def faults_of_events(attack: Attack, events: Events) -> list[str]:
    """Events must be storable in their documented shapes, and every span that was opened must be closed, once."""
    found = []
    opened: dict[str, int] = {}
    closed: dict[str, int] = {}
    for kind, data in events:
        found += storable(kind, data, attack.limits.log_bytes + 2000)
        if kind in ("span_start", "span_end"):
            seen = opened if kind == "span_start" else closed
            seen[data["span_id"]] = seen.get(data["span_id"], 0) + 1
            if not _SPAN_ID.fullmatch(data["span_id"]) or len(data["name"]) > 200:
                found.append(f"a span of the wrong shape: {data!r:.200}")
            if kind == "span_end" and not data["start_us"] <= data["end_us"]:
                found.append(f"a span ended before it started: {data!r:.200}")
        elif kind == "log":
            if set(data) - {"level", "message", "stream", "fields"} or not isinstance(data["message"], str):
                found.append(f"a log line of the wrong shape: {data!r:.200}")
        elif kind == "metric":
            if set(data) - {"name", "value", "unit", "attributes"} or not math.isfinite(data["value"]):
                found.append(f"a metric of the wrong shape: {data!r:.200}")
        else:
            found.append(f"an event of an unknown kind {kind!r}")
    if any(span_id == RUN_SPAN for span_id in opened):
        found.append("the span of the run itself was forged")
    if opened != closed or any(count > 1 for count in opened.values()):
        found.append(f"spans opened {opened!r:.200} and closed {closed!r:.200}")
    if len(events) > attack.limits.log_lines * 2 + attack.limits.capability_calls * 2 + 10:
        found.append(f"{len(events)} events")
    return found


def storable(what: str, value: Any, most: int) -> list[str]:
    """Whether any database takes it as JSON, and it is not too large."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        return [f"{what} is not JSON: {error}"]
    if len(text.encode("utf-8", "surrogatepass")) > most:
        return [f"{what} has {len(text):,} characters"]
    return [f"{what} has characters that no database stores"] if _UNSTORABLE.search(_strings(value)) else []


def _strings(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_strings(part) for pair in value.items() for part in pair)
    return "".join(_strings(part) for part in value) if isinstance(value, list) else ""
