"""Where a sandbox's linear memory lies in this process, and how large it has grown.

wasmtime's Python package shows neither. Linux does: a linear memory holds a private mapping of the compiled image, and
what lies around it and is writable is the rest. So the memory is measured from outside, after a crash too. Elsewhere
than on Linux it is not measured.
"""

import bisect
import ctypes
import fcntl
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

_QUERY = struct.Struct("=9Q4I2Q")
_PROCMAP_QUERY = 0xC0686611
_WRITABLE, _NEXT, _FILE = 0x02, 0x10, 0x20

#: From malloc.h: pieces from this size on are mapped and unmapped one by one; more than this is not kept unused.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 1 << 20

Area = tuple[int, int]


def keep_no_large_pieces() -> None:
    """Have the C library give the memory of large texts back to the system as soon as they are freed.

    Left to itself it learns from the first large one to keep them, for each thread apart: after some hostile answers
    of fifty megabytes a worker held a gigabyte of nothing. Does nothing where the C library is another one.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_THRESHOLD, _LARGE)
    mallopt(_M_TRIM_THRESHOLD, _LARGE)


class _Mapped:
    """The memories of one image file in this process, whoever made them: a second runtime must not find the first's."""

    def __init__(self) -> None:
        # Who holds it may come to collect a sandbox that nobody closed, which takes it again.
        self.lock = threading.RLock()
        self.known: dict[int, Area] = {}


_mapped: dict[tuple[int, int], _Mapped] = {}


class Memories:
    """The linear memories of one image. Creating and closing sandboxes is done under `lock`, so that each is found."""

    def __init__(self, compiled: Path) -> None:
        status = os.stat(compiled)
        shared = _mapped.setdefault((status.st_dev, status.st_ino), _Mapped())
        self.lock = shared.lock
        self._known = shared.known
        self._inode = status.st_ino
        self._path = str(compiled)
        self._maps = self._open()

    @staticmethod
    def _open() -> int | None:
        """A descriptor that answers PROCMAP_QUERY, or None before Linux 6.11."""
        try:
            descriptor = os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            _ask(descriptor, 0, _NEXT)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor

    def find_new(self) -> Area | None:
        """First and last address of the memory of the sandbox that was just created. Call it under `lock`."""
        for start in self._images():
            try:
                area = self._extent(start)
            except OSError:
                return None
            self._known[area[0]] = area
            return area
        return None

    def forget(self, area: Area | None) -> None:
        """The sandbox is closed. Call it under `lock`."""
        if area is not None:
            self._known.pop(area[0], None)

    def size(self, area: Area | None) -> int:
        """Bytes of a linear memory: it never shrinks, so this is the most it ever had. 0 where it cannot be told."""
        if area is None:
            return 0
        try:
            return self._grown(area[1]) - area[0]
        except OSError:
            return 0

    def _grown(self, end: int) -> int:
        """Where a memory ends that ended at `end` when it was new."""
        if self._maps is None:
            return max(end, _around(list(_parsed()), end - 1)[1])
        at = _ask(self._maps, end - 1, _NEXT)
        end = max(end, at[1] if at is not None else end)
        while (area := _ask(self._maps, end, _NEXT)) is not None and area[0] == end and area[2] & _WRITABLE:
            end = area[1]
        return end

    def _extent(self, start: int) -> Area:
        """The writable stretch around the image: the stack lies below it, what was grown above."""
        if self._maps is None:
            return _around(list(_parsed()), start)
        below = _ask(self._maps, start - 1, _NEXT)
        first = below[0] if below is not None and below[1] == start and below[2] & _WRITABLE else start
        return first, self._grown(start + 1)

    def _images(self) -> Iterator[int]:
        """Where the image is mapped, outside of the memories that are known."""
        known = sorted(self._known.values())
        if self._maps is None:
            for first, _last, flags, name in _parsed():
                if flags & _WRITABLE and name == self._path and not any(low <= first < high for low, high in known):
                    yield first
            return
        address = 0
        starts = [low for low, _ in known]
        while (area := _ask(self._maps, address, _NEXT | _WRITABLE | _FILE)) is not None:
            inside = bisect.bisect_right(starts, area[0]) - 1
            if inside >= 0 and area[0] < known[inside][1]:
                # A restored memory is many mappings: pass over them at once.
                address = known[inside][1]
                continue
            if area[3] == self._inode:
                yield area[0]
            address = area[1]

    def close(self) -> None:
        """Give the descriptor back."""
        if self._maps is not None:
            os.close(self._maps)
            self._maps = None


def _ask(descriptor: int, address: int, flags: int) -> tuple[int, int, int, int] | None:
    """The mapping at or after an address: (start, end, flags, inode)."""
    query = bytearray(_QUERY.pack(_QUERY.size, flags, address, *[0] * 12))
    try:
        fcntl.ioctl(descriptor, _PROCMAP_QUERY, query)
    except FileNotFoundError:
        return None
    fields = _QUERY.unpack(query)
    return fields[3], fields[4], fields[5], fields[8]


def _parsed() -> Iterator[tuple[int, int, int, str]]:
    """The same by reading the whole list: (start, end, flags, path)."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        parts = line.split(None, 5)
        first, _, last = parts[0].partition("-")
        yield int(first, 16), int(last, 16), _WRITABLE if parts[1][1] == "w" else 0, parts[5] if len(parts) > 5 else ""


def _around(areas: list[tuple[int, int, int, str]], address: int) -> Area:
    """The writable stretch that holds an address."""
    first = end = address
    for low, high, flags, _ in areas:
        if not flags & _WRITABLE:
            continue
        if low <= address < high:
            first, end = min(first, low), max(end, high)
    grew = True
    while grew:
        grew = False
        for low, high, flags, _ in areas:
            if flags & _WRITABLE and high == first:
                first, grew = low, True
            if flags & _WRITABLE and low == end and high > end:
                end, grew = high, True
    return first, end
