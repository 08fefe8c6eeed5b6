"""Numbers for what was redacted: the same value gets the same number for as long as one of these is shared."""

import hashlib
import hmac
import os
import re
import threading
from typing import Any

_WRITTEN = re.compile(r"\[([A-Z][A-Z_]{1,20})_([0-9]{1,4})\]")


class Placeholders:
    """Hands out `[EMAIL_1]`, `[CARD_1]`, … One object belongs to one invocation; it may be shared by threads.

    It keeps keyed digests, never the values, so its `state()` can travel with an invocation from the process that
    inspects the input to the one that inspects the output without carrying what was redacted. The key must be a
    secret of the installation: card numbers are few enough to be guessed from unkeyed digests.
    """

    def __init__(self, key: bytes | None = None, state: dict[str, Any] | None = None) -> None:
        self._key = key or os.urandom(32)
        self._numbers: dict[str, dict[str, int]] = {t: dict(n) for t, n in (state or {}).items()}
        # The highest number given out or seen, by label.
        self._highest = {label: max(numbers.values(), default=0) for label, numbers in self._numbers.items()}
        self._lock = threading.Lock()

    def reserve(self, text: str) -> None:
        """Do not give out the numbers of placeholders that stand in a text already: an agent's answer may repeat
        `[EMAIL_1]` from its input, and another address in it must not be called the same."""
        with self._lock:
            for label, number in _WRITTEN.findall(text):
                self._highest[label] = max(self._highest.get(label, 0), int(number))

    def name(self, type: str, value: str) -> str:
        """The placeholder of a value; `value` is its canonical form (an address in lower case, bare digits)."""
        digest = hmac.digest(self._key, f"{type}:{value}".encode("utf-8", "replace"), hashlib.sha256).hex()[:24]
        label = type.upper()
        with self._lock:
            numbers = self._numbers.setdefault(label, {})
            if digest not in numbers:
                self._highest[label] = numbers[digest] = self._highest.get(label, 0) + 1
            number = numbers[digest]
        return f"[{label}_{number}]"

    def state(self) -> dict[str, dict[str, int]]:
        """What another `Placeholders` with the same key needs to go on counting; plain JSON, no values in it."""
        with self._lock:
            return {label: dict(numbers) for label, numbers in self._numbers.items()}
