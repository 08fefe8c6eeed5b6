"""What keeps state has to offer."""

from dataclasses import dataclass
from typing import Protocol

from sandbox.capabilities.base import Failed

#: The largest whole number that every reader of JSON gets right, and Redis adds up.
LARGEST = 2**53 - 1


@dataclass(frozen=True)
class Quota:
    """Of one agent, over all its places: keys, bytes of one value, bytes of all keys and values."""

    keys: int
    value_bytes: int
    bytes: int


@dataclass(frozen=True)
class Place:
    """Where a key lives: an agent's own space, or that of one of its sessions."""

    owner: str
    session: str | None = None

    @property
    def prefix(self) -> str:
        """What a place's keys begin with; no place's prefix begins another's, whatever the session is called."""
        return "a:" if self.session is None else f"s{len(self.session)}:{self.session}:"


class Store(Protocol):
    """Keeps JSON texts by place and key. Each operation happens as a whole or not at all, whoever else is at work.

    `ttl` is in seconds; None keeps a value until it is deleted. All raise Failed, with a sentence, when the store
    cannot be reached or a quota is used up.
    """

    def get(self, place: Place, key: str) -> str | None:
        """The text, or None."""

    def set(self, place: Place, key: str, value: str, ttl: float | None, quota: Quota) -> bool:
        """Keep a text, whatever was there; its time to live begins anew. Gives True."""

    def delete(self, place: Place, key: str) -> bool:
        """Whether there was one."""

    def keys(self, place: Place, prefix: str) -> list[str]:
        """The place's keys that begin so, sorted."""

    def increment(self, place: Place, key: str, by: int, ttl: float | None, quota: Quota) -> int:
        """Add to a whole number; what is not there counts as 0. `ttl` is for a key that comes to be by this."""

    def compare_and_set(
        self, place: Place, key: str, expected: str | None, value: str, ttl: float | None, quota: Quota
    ) -> bool:
        """Keep a text if the one that is there is `expected`; None: if there is none, or null. Whether it was."""


def full(what: str, quota: Quota) -> Failed:
    """For a write that a quota does not let pass; `what` is "keys" or "bytes"."""
    if what == "keys":
        said = f"state is full: max_keys of the grant allows {quota.keys:,} keys"
    else:
        said = f"state is full: max_bytes of the grant allows {quota.bytes:,} bytes in all"
    return Failed(f"{said}; delete some, or give them a ttl", "full")


def no_number(key: str) -> Failed:
    """For an increment of what is none, or would become too large."""
    return Failed(f"the value of {key[:100]!r} is no whole number that can be added to, or would pass 2**53 - 1")
