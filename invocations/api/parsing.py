"""From a request's bytes to an `Ask`: what is malformed is refused here, with the field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

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
        value = json.loads(body or b"{}")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8 text.") from error
    except (json.JSONDecodeError, RecursionError) as error:
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
        if isinstance(given, str) and "\x00" in given:
            raise Malformed(f"{field} holds a NUL character, which cannot be stored.", field=field)
    if "\\u0000" in body.decode(errors="replace") and _has_nul(value.get("payload")):
        raise Malformed("payload holds a NUL character, which cannot be stored.", field="payload")
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
    return Parsed(ask, min(MAX_WAIT, max(0.0, DEFAULT_WAIT if wait is None else float(wait))))


def _named(expected: Any) -> str:
    names = {str: "text", int: "a whole number"}
    if expected in names:
        return names[expected]
    return "an object or a list" if expected == (dict, list) else "a number of seconds"


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)
