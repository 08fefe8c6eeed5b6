"""`config`: single values of the agent's configuration, read when they are needed.

The whole configuration of a run is in `context.config` without asking; this is for values that a grant names one by
one. Grant: {"keys": ["region"]}, or {} for every key.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.capabilities.base import CALLS_TERM, Admitted, Caller, Denied, Failed, check_calls


class Config:
    """Request: {"key": name}. Answer: the value, or null."""

    name = "config"
    summary = "values that an operator set for the agent, one by one"
    terms: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "keys": {
                "type": "array",
                "title": "Keys",
                "description": "Which keys of the agent's configuration may be read; without it, all.",
                "uniqueItems": True,
                "items": {"type": "string"},
                "examples": [["region"]],
            },
            "calls": CALLS_TERM,
        },
        "additionalProperties": False,
    }

    def check(self, terms: Mapping[str, Any]) -> None:
        """Whatever fits the schema can be granted."""

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        check_calls(self.name, grant, caller)
        key = request.get("key")
        if not isinstance(key, str):
            raise Failed("config needs a key: await context.call('config', key='region')")
        allowed = grant.get("keys")
        if allowed is not None and key not in allowed:
            raise Denied(f"the grant of config does not name the key {key[:100]!r}")
        return Admitted(
            perform=lambda work: caller.config.get(key), changes=False, label="config", attributes={"key": key[:100]}
        )
