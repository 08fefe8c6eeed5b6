"""State in this process's memory: for the command line and for tests. It is gone with the process."""

import threading
import time

from sandbox.capabilities.state.store import LARGEST, Place, Quota, full, no_number

Entry = tuple[str, float | None]  # the text, and when it ends, on time.monotonic()


class MemoryStore:
    """See `Store`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, dict[str, Entry]] = {}

    def get(self, place: Place, key: str) -> str | None:
        with self._lock:
            entry = self._kept(place).get(place.prefix + key)
            return entry[0] if entry else None

    def set(self, place: Place, key: str, value: str, ttl: float | None, quota: Quota) -> bool:
        with self._lock:
            self._write(place, key, value, None if ttl is None else time.monotonic() + ttl, quota)
            return True

    def delete(self, place: Place, key: str) -> bool:
        with self._lock:
            return self._kept(place).pop(place.prefix + key, None) is not None

    def keys(self, place: Place, prefix: str) -> list[str]:
        with self._lock:
            start = place.prefix + prefix
            return sorted(name[len(place.prefix) :] for name in self._kept(place) if name.startswith(start))

    def increment(self, place: Place, key: str, by: int, ttl: float | None, quota: Quota) -> int:
        with self._lock:
            text, ends = self._kept(place).get(
                place.prefix + key, ("0", None if ttl is None else time.monotonic() + ttl)
            )
            if not text.removeprefix("-").isdecimal() or abs(number := int(text) + by) > LARGEST:
                raise no_number(key)
            self._write(place, key, str(number), ends, quota)
            return number

    def compare_and_set(
        self, place: Place, key: str, expected: str | None, value: str, ttl: float | None, quota: Quota
    ) -> bool:
        with self._lock:
            entry = self._kept(place).get(place.prefix + key)
            found = entry[0] if entry and entry[0] != "null" else None
            if found != expected:
                return False
            self._write(place, key, value, None if ttl is None else time.monotonic() + ttl, quota)
            return True

    def _kept(self, place: Place) -> dict[str, Entry]:
        """With the lock held: what the owner has and what has not ended."""
        kept = self._owners.setdefault(place.owner, {})
        now = time.monotonic()
        for name in [name for name, (_, ends) in kept.items() if ends is not None and ends <= now]:
            del kept[name]
        return kept

    def _write(self, place: Place, key: str, value: str, ends: float | None, quota: Quota) -> None:
        kept = self._kept(place)
        name = place.prefix + key
        after = {**kept, name: (value, ends)}
        if len(after) > quota.keys and len(after) > len(kept):
            raise full("keys", quota)
        used, size = _size(kept), _size(after)
        if size > quota.bytes and size > used:
            raise full("bytes", quota)
        self._owners[place.owner] = after


def _size(kept: dict[str, Entry]) -> int:
    return sum(len(name.encode()) + len(text.encode()) for name, (text, _) in kept.items())
