"""What can be looked for. A detector is made once, from a rule of a policy, and then only reads: `find` is called
by many threads at once."""

from collections.abc import Iterable
from typing import Protocol

from ..subject import Finding, Subject


class Detector(Protocol):
    """Looks at a text and says where it found something, in order of appearance."""

    def find(self, subject: Subject) -> Iterable[Finding]: ...
