"""`state`: what an agent remembers between requests: values by key, with a time to live and compare-and-set.

There is one space for the agent as a whole and one for each session; all of an agent's spaces share its quota. Where
the values are kept is the store's matter: this process's memory, unless `use` was told of another.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sandbox.capabilities.base import CALLS_TERM, Admitted, Caller, Failed, Work, check_calls, whole
from sandbox.capabilities.state.memory import MemoryStore
from sandbox.capabilities.state.store import LARGEST, Place, Quota, Store

_OPERATIONS = ("get", "set", "delete", "keys", "increment", "compare_and_set")
_CHANGING = {"set", "delete", "increment", "compare_and_set"}
_LONGEST_KEY = 256  # bytes
_LONGEST_TTL = 366 * 86_400.0
_SESSION_TTL = 7 * 86_400.0
_DEFAULT_KEYS, _MOST_KEYS = 1_000, 10_000
_DEFAULT_VALUE, _MOST_VALUE = 65_536, 1_048_576
_DEFAULT_BYTES, _MOST_BYTES = 1_048_576, 67_108_864

_store: Store = MemoryStore()


def use(store: Store) -> None:
    """Keep the state of all agents there from now on."""
    global _store
    _store = store


class State:
    """Request: {"op", "scope": "agent" or "session", "key", "value", "expected", "by", "ttl": seconds, "prefix"}.

    Answers: get: the value, or null; set: true; delete: whether there was one; keys: a sorted list; increment: the new
    number; compare_and_set: whether it was set. null stands for a key that is not there, too.
    """

    name = "state"
    summary = "values that the agent keeps between requests, for itself and for each session"
    terms: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "max_keys": {
                "type": "integer",
                "title": "Keys",
                "description": "How many keys the agent may have, those of all its sessions included.",
                "minimum": 1,
                "maximum": _MOST_KEYS,
                "default": _DEFAULT_KEYS,
            },
            "max_value_bytes": {
                "type": "integer",
                "title": "Largest value (bytes)",
                "description": "How large one value may be, written as JSON.",
                "minimum": 1,
                "maximum": _MOST_VALUE,
                "default": _DEFAULT_VALUE,
            },
            "max_bytes": {
                "type": "integer",
                "title": "In all (bytes)",
                "description": "How much all keys and values of the agent together may take.",
                "minimum": 1,
                "maximum": _MOST_BYTES,
                "default": _DEFAULT_BYTES,
            },
            "calls": CALLS_TERM,
        },
        "additionalProperties": False,
    }

    def check(self, terms: Mapping[str, Any]) -> None:
        """Whatever fits the schema can be granted."""

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        check_calls(self.name, grant, caller)
        op = request.get("op")
        if op not in _OPERATIONS:
            raise Failed(f"state cannot do {str(op)[:50]!r}; it can: {', '.join(_OPERATIONS)}")
        scope = request.get("scope", "agent")
        if scope not in ("agent", "session"):
            raise Failed("the scope of state is 'agent' or 'session'")
        if scope == "session" and not caller.session:
            raise Failed("this request belongs to no session; send one with it, or use the agent's own state")
        if not caller.owner:
            raise Failed("state belongs to an agent, and this run names none")
        quota = Quota(
            whole(grant, "max_keys", _DEFAULT_KEYS, _MOST_KEYS),
            whole(grant, "max_value_bytes", _DEFAULT_VALUE, _MOST_VALUE),
            whole(grant, "max_bytes", _DEFAULT_BYTES, _MOST_BYTES),
        )
        place = Place(caller.owner, caller.session if scope == "session" else None)
        call, shown = _prepared(op, request, place, quota)

        def perform(work: Work) -> Any:
            work.remaining()
            return call()

        attributes = {"op": op, "scope": scope, **shown}
        return Admitted(perform=perform, changes=op in _CHANGING, label=f"state {op}", attributes=attributes)


def _prepared(
    op: str, request: Mapping[str, Any], place: Place, quota: Quota
) -> tuple[Callable[[], Any], dict[str, Any]]:
    """The operation, ready to be done, and what its span shows of it: the key, never a value."""
    store = _store
    if op == "keys":
        prefix = request.get("prefix", "")
        if not isinstance(prefix, str):
            raise Failed("the prefix of keys is text")
        return lambda: store.keys(place, prefix), {"prefix": prefix[:100]} if prefix else {}
    key = _key(request.get("key"))
    shown: dict[str, Any] = {"key": key[:100]}
    if op == "get":
        return lambda: _read(store.get(place, key)), shown
    if op == "delete":
        return lambda: store.delete(place, key), shown
    ttl = _ttl(request.get("ttl"), _SESSION_TTL if place.session is not None else None)
    if ttl is not None and request.get("ttl") is not None:
        shown["ttl"] = ttl
    if op == "increment":
        by = request.get("by", 1)
        if isinstance(by, bool) or not isinstance(by, int) or abs(by) > LARGEST:
            raise Failed("increment goes by whole numbers, up to 2**53 - 1")
        return lambda: store.increment(place, key, by, ttl, quota), shown
    value = _written(request.get("value"), quota)
    shown["bytes"] = len(value.encode())
    if op == "set":
        return lambda: store.set(place, key, value, ttl, quota), shown
    expected = request.get("expected")
    before = None if expected is None else _canonical(expected)
    return lambda: store.compare_and_set(place, key, before, value, ttl, quota), shown


def _key(key: Any) -> str:
    if not isinstance(key, str) or not key:
        raise Failed("a key of state is text, and not empty")
    if len(key.encode()) > _LONGEST_KEY:
        raise Failed(f"a key of state has at most {_LONGEST_KEY} bytes")
    return key


def _ttl(ttl: Any, default: float | None) -> float | None:
    if ttl is None:
        return default
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not 0.001 <= ttl <= _LONGEST_TTL:
        raise Failed("ttl is in seconds, from 0.001 to those of a year")
    return float(ttl)


def _canonical(value: Any) -> str:
    """One spelling for each value, so that comparing texts compares values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _written(value: Any, quota: Quota) -> str:
    text = _canonical(value)
    size = len(text.encode())
    if size > quota.value_bytes:
        raise Failed(
            f"the value has {size:,} bytes as JSON, and max_value_bytes of the grant allows {quota.value_bytes:,}"
        )
    return text


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)


__all__ = ["MemoryStore", "Place", "Quota", "State", "Store", "use"]
