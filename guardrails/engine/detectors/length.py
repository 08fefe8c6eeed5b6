"""`type: length`: texts that are too long or too short."""

from collections.abc import Iterable

from ..subject import Finding, Subject


class LengthDetector:
    def __init__(self, *, minimum: int | None, maximum: int | None) -> None:
        self._minimum, self._maximum = minimum, maximum

    def find(self, subject: Subject) -> Iterable[Finding]:
        length = len(subject.text)
        if self._maximum is not None and length > self._maximum:
            yield Finding(
                self._maximum,
                length,
                type="too_long",
                score=float(length),
                threshold=float(self._maximum),
                message=f"The text has {length:,} characters; {self._maximum:,} are allowed.",
            )
        elif self._minimum is not None and length < self._minimum:
            yield Finding(
                None,
                None,
                type="too_short",
                score=float(length),
                threshold=float(self._minimum),
                message=f"The text has {length:,} characters; {self._minimum:,} are needed.",
            )
