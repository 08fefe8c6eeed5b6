"""JSON that comes out of a sandbox: whatever it holds, what leaves here is plain and storable."""

import json
import math
import re
from typing import Any, NoReturn

from sandbox import schemas
from sandbox.capabilities import Failed

LEVELS = ("debug", "info", "warning", "error")
MAX_DEPTH = 200
_LONGEST_NAME = 200
_LONGEST_MESSAGE = 32_768
#: Characters of a capability request: what is longer is refused unread, for reading it holds everybody up.
MAX_REQUEST = 8_000_000
#: Characters of a reported failure; likewise.
MAX_FAILURE = 2_000_000
_MOST_DETAILS = 20
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class BadJson(ValueError):
    """Not JSON, or nested too deeply."""


def loads(text: str) -> Any:
    """A JSON value without NaN and infinity, without lone surrogates and NULs in its strings. Raises BadJson."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise BadJson("nested too deeply") from None
    except ValueError as error:
        raise BadJson(f"not JSON: {error}") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        raise BadJson(f"nested more than {MAX_DEPTH} levels deep")
    # UTF-8 and JSON let these in only by their escapes.
    lowered = text.lower() if "\\u" in text.lower() else ""
    return _cleaned(value) if "\\u0000" in lowered or "\\ud" in lowered else value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:40]} is too large a number")
    return value


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        level = inner
    return True


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {text(key): _cleaned(item) for key, item in value.items()}
    return value


def text(value: str) -> str:
    """Text that any database stores: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.sub("\ufffd", value)


def event(kind: str, body: str) -> dict[str, Any] | None:
    """An event's data in its proper shape; None for one that has none."""
    try:
        data = loads(body)
    except BadJson:
        return None
    if not isinstance(data, dict):
        return None
    if kind == "log":
        return _log(data)
    if kind == "metric":
        return _metric(data)
    if kind in ("span_start", "span_end"):
        return _span(data)
    return None


def _log(data: dict[str, Any]) -> dict[str, Any]:
    level = data.get("level")
    line: dict[str, Any] = {
        "level": level if level in LEVELS else "info",
        "message": str(data.get("message", ""))[:_LONGEST_MESSAGE],
    }
    if data.get("stream") in ("stdout", "stderr"):
        line["stream"] = data["stream"]
    if isinstance(data.get("fields"), dict):
        line["fields"] = data["fields"]
    return line


def _metric(data: dict[str, Any]) -> dict[str, Any] | None:
    value = data.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if (isinstance(value, int) and value.bit_length() > 1000) or not math.isfinite(value):
        return None
    metric: dict[str, Any] = {"name": str(data.get("name", ""))[:_LONGEST_NAME], "value": value}
    if isinstance(data.get("unit"), str):
        metric["unit"] = data["unit"][:50]
    if isinstance(data.get("attributes"), dict):
        metric["attributes"] = data["attributes"]
    return metric


def _span(data: dict[str, Any]) -> dict[str, Any]:
    attributes = data.get("attributes")
    return {
        **data,
        "name": str(data.get("name", ""))[:_LONGEST_NAME],
        "attributes": attributes if isinstance(attributes, dict) else {},
    }


def capability_request(body: str) -> tuple[dict[str, Any], str]:
    """The request and the span it belongs to. Raises Failed when the body is something else."""
    if len(body) > MAX_REQUEST:
        raise Failed(f"the capability request has {len(body):,} characters; at most {MAX_REQUEST:,} are allowed")
    try:
        data = loads(body)
    except BadJson as error:
        raise Failed(f"the capability request is {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("request"), dict):
        raise Failed("the capability request is not an object")
    return data["request"], str(data.get("span_id", ""))


def failure(body: str) -> tuple[str, str, dict[str, Any]]:
    """Code, message and detail of a failure that a guest reports. Raises BadJson."""
    if len(body) > MAX_FAILURE:
        raise BadJson(f"too long to keep ({len(body):,} characters)")
    data = loads(body)
    if not isinstance(data, dict):
        raise BadJson("not an object")
    code = data.get("code")
    if code not in ("agent_error", "capability_denied", "memory_limit", "stack_limit"):
        code = "agent_error"
    detail = data.get("detail")
    parts = list(detail.items())[:_MOST_DETAILS] if isinstance(detail, dict) else []
    return code, str(data.get("message", ""))[:4000], {k[:_LONGEST_NAME]: _short(v) for k, v in parts}


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 16_000:
        return value[:8000] + "\n[…]\n" + value[-8000:]
    return value if isinstance(value, (str, int, float)) or value is None else str(value)[:1000]


def manifest(body: str) -> dict[str, Any]:
    """What code says of itself, in its documented shape; what else it says is kept. Raises BadJson.

    The code may have said it without the kit, so nothing is taken on trust.
    """
    said = loads(body)
    _must(isinstance(said, dict), "not an object")
    for key in ("name", "description"):
        _must(isinstance(said.get(key), str), f"without a text as its {key}")
    _must(said.get("version") is None or isinstance(said["version"], str), "with a version that is no text")
    _must(_texts(said.get("capabilities")), "with capabilities that are no list of texts")
    for key in ("skills", "tools"):
        entries = said.get(key)
        _must(isinstance(entries, list) and all(isinstance(e, dict) for e in entries), f"without a list of {key}")
        for entry in entries:
            _must(isinstance(entry.get("name"), str) and entry["name"] != "", f"with one of the {key} without a name")
            _must(isinstance(entry.get("description", ""), str), f"with one of the {key} whose description is no text")
    for skill in said["skills"]:
        name = skill["name"][:50]
        _must(_texts(skill.get("examples", [])), f"with examples of {name!r} that are no list of texts")
        _must(isinstance(skill.get("idempotent", False), bool), f"with an idempotent of {name!r} that is not yes or no")
        _must(isinstance(skill.get("input_schema", {}), dict), f"with a schema of {name!r} that is no object")
        try:
            schemas.check(skill.get("input_schema", {}))
        except schemas.Unusable as error:
            raise BadJson(f"with a schema of {name!r} that cannot be used: {error}") from None
    names = [skill["name"] for skill in said["skills"]]
    _must(len(set(names)) == len(names), "with two skills of the same name")
    return dict(said)


def test_outcomes(body: str) -> list[dict[str, Any]]:
    """Results of an agent's own tests, as [{"name", "failure"}]. Raises BadJson."""
    said = loads(body)
    _must(isinstance(said, list) and all(isinstance(one, dict) for one in said), "not a list of results")
    outcomes = []
    for one in said:
        outcome: dict[str, Any] = {"name": str(one.get("name", ""))[:_LONGEST_NAME], "failure": None}
        if one.get("failure") is not None:
            code, message, detail = failure(json.dumps(one["failure"]))
            outcome["failure"] = {"code": code, "message": message, "detail": detail}
        outcomes.append(outcome)
    return outcomes


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _must(holds: bool, fault: str) -> None:
    if not holds:
        raise BadJson(fault)
