"""From a request's bytes to an `Ask`: what is malformed is refused here, with the field."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from django.conf import settings

from accounts.storable import MAX_DEPTH, unstorable
from invocations.draft import Ask
from invocations.errors import Malformed, TooLarge
from invocations.idempotency import digest

DEFAULT_WAIT, MAX_WAIT = 30.0, 300.0
FIELDS: dict[str, Any] = {
    "agent": str,
    "skill": str,
    "version": int,
    "text": str,
    "payload": (dict, list),
    "session": str,
    "wait": (int, float),
}
MAX_KEY = 255


@dataclass(frozen=True)
class Parsed:
    ask: Ask
    wait: float  # seconds


def read_json(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises `TooLarge` and `Malformed`."""
    limit = settings.REQUEST_BODY_LIMIT
    if len(body) > limit:
        raise TooLarge(f"The body has {len(body):,} bytes; at most {limit:,} are taken.", limit=limit, size=len(body))
    try:
        value = json.loads(body.decode() or "{}", parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8 text.") from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Malformed(f"The body must be a JSON object, not {type(value).__name__}.")
    return value


def parse(body: bytes, headers: Any, traceparent: str | None = None) -> Parsed:
    """The body and headers of `POST /api/v1/invocations/`; `traceparent` wins over the header of that name."""
    value = read_json(body)
    for field, given in value.items():
        expected = FIELDS.get(field)
        if expected is None:
            raise Malformed(f"Unknown field “{field}”. Known ones: {', '.join(FIELDS)}.", field=field)
        if given is not None and (not isinstance(given, expected) or isinstance(given, bool)):
            raise Malformed(f"{field} must be {_named(expected)}, not {type(given).__name__}.", field=field)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or b"\\u0000" in body or b"\\ud" in body.lower():
        for field, given in value.items():
            wrong = unstorable(given)
            if wrong:
                raise Malformed(f"{field} {wrong}.", field=field)
    agent, text, payload = value.get("agent"), value.get("text"), value.get("payload")
    if agent is None and text is None:
        raise Malformed("Send “text”, or “agent” with a “payload” (or both).", field="text")
    if agent is None and (value.get("version") is not None or value.get("skill") is not None):
        field = "version" if value.get("version") is not None else "skill"
        raise Malformed(f"“{field}” needs an “agent”.", field=field)
    if agent is not None and text is None and payload is None:
        text = ""
    key = headers.get("Idempotency-Key") or None
    if key is not None and len(key) > MAX_KEY:
        raise Malformed(f"An Idempotency-Key has at most {MAX_KEY} characters.", field="Idempotency-Key")
    session = value.get("session") or ""
    if len(session) > 200:
        raise Malformed("session has at most 200 characters.", field="session")
    wait = value.get("wait")
    ask = Ask(
        agent=agent,
        skill=value.get("skill"),
        version=value.get("version"),
        text=text,
        payload=payload,
        session=session,
        idempotency_key=key,
        digest=digest(value) if key else "",
        traceparent=traceparent or headers.get("traceparent"),
    )
    return Parsed(ask, seconds(wait))


def seconds(wait: float | None) -> float:
    """How long to wait for the outcome, within bounds."""
    return float(min(MAX_WAIT, max(0.0, DEFAULT_WAIT if wait is None else wait)))


def _named(expected: Any) -> str:
    names = {str: "text", int: "a whole number"}
    if expected in names:
        return names[expected]
    return "an object or a list" if expected == (dict, list) else "a number of seconds"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:40]} is too large a number")
    return value
