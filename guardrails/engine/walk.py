"""Walk over the strings of a JSON value without recursion, copying only what changes."""

from collections.abc import Iterator
from typing import Any

from .document import pointer


class Walk:
    """Iterate to get each string; during its turn `path()` says where it is and `put` replaces it. `value` is the
    value with what was put; containers that were not changed are shared with the original, which stays as it was."""

    def __init__(self, value: Any) -> None:
        self.value = value
        # One (original, copy or None, iterator of keys, current key) per container that is open.
        self._open: list[list[Any]] = []

    def __iter__(self) -> Iterator[str]:
        if isinstance(self.value, str):
            yield self.value
            return
        if isinstance(self.value, (dict, list)):
            self._enter(self.value)
        while self._open:
            frame = self._open[-1]
            key = next(frame[2], self)
            if key is self:
                self._leave()
                continue
            frame[3] = key
            child = frame[0][key]
            if isinstance(child, str):
                yield child
            elif isinstance(child, (dict, list)) and child:
                self._enter(child)

    def path(self) -> str:
        return pointer(tuple(frame[3] for frame in self._open))

    def put(self, text: str) -> None:
        if not self._open:
            self.value = text
        else:
            self._copy(self._open[-1])[self._open[-1][3]] = text

    def _enter(self, container: Any) -> None:
        keys = iter(list(container)) if isinstance(container, dict) else iter(range(len(container)))
        self._open.append([container, None, keys, None])

    def _leave(self) -> None:
        _, copy, _, _ = self._open.pop()
        if copy is None:
            return
        if self._open:
            self._copy(self._open[-1])[self._open[-1][3]] = copy
        else:
            self.value = copy

    @staticmethod
    def _copy(frame: list[Any]) -> Any:
        if frame[1] is None:
            frame[1] = frame[0].copy()
        return frame[1]
