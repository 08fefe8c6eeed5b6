"""What loading an agent left in a sandbox's memory, kept so that fresh sandboxes begin with it instead of loading anew.

Loading writes to a few hundred of a sandbox's pages, scattered over its memory. They are copied once into an anonymous
file and mapped, privately, into the memory of each new sandbox: whatever it then writes is its own and goes with it.
Nothing of any request is ever in a snapshot; it is taken before the first one, in a sandbox that serves none.

Linear memory is all that differs: between two calls no WebAssembly stack is in use, and tables are filled before the
first call. Works where Linux tells which pages were written; elsewhere every sandbox loads for itself.
"""

import ctypes
import mmap
import os
import struct
from dataclasses import dataclass

from sandbox.memory import Area

_PAGE = mmap.PAGESIZE
_PRESENT, _SWAPPED, _OF_FILE = 1 << 63, 1 << 62, 1 << 61
#: Changed pages closer together than this are copied and mapped as one: a mapping costs as much as some copied pages.
_GAP_PAGES = 48
_FIXED = 0x10

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


@dataclass(frozen=True)
class Piece:
    """A stretch of memory that changed: where it lies in the memory and in the file, in bytes."""

    offset: int
    length: int
    at: int


class Snapshot:
    """The changed pieces of one memory of `size` bytes. The file is closed with the last reference."""

    def __init__(self, area: Area, pieces: list[tuple[int, int]]) -> None:
        self.size = area[1] - area[0]
        self._file = os.memfd_create("sandbox-snapshot", os.MFD_CLOEXEC)
        self._pieces: list[Piece] = []
        at = 0
        for first, end in pieces:
            offset, length = first * _PAGE, (end - first) * _PAGE
            _write(self._file, area[0] + offset, length, at)
            self._pieces.append(Piece(offset, length, at))
            at += length
        self.bytes = at

    def restore(self, area: Area) -> bool:
        """Map the pieces into a new memory; False, with nothing done, where it has another size."""
        if area[1] - area[0] != self.size:
            return False
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        for piece in self._pieces:
            address = area[0] + piece.offset
            got = _libc.mmap(address, piece.length, protection, mmap.MAP_PRIVATE | _FIXED, self._file, piece.at)
            if got != address:
                raise OSError(ctypes.get_errno(), "a snapshot could not be mapped")
        return True

    def __del__(self) -> None:
        os.close(self._file)


def take(loaded: Area, untouched: Area) -> Snapshot | None:
    """What differs between a memory that loaded an agent and one that did nothing; None where it cannot be told."""
    if loaded[1] - loaded[0] != untouched[1] - untouched[0]:
        return None
    try:
        written = _written(loaded)
    except OSError:
        return None
    changed = [page for page in written if _differs(loaded[0], untouched[0], page)]
    pieces: list[tuple[int, int]] = []
    for page in changed:
        if pieces and page - pieces[-1][1] <= _GAP_PAGES:
            pieces[-1] = (pieces[-1][0], page + 1)
        else:
            pieces.append((page, page + 1))
    return Snapshot(loaded, pieces)


def _written(area: Area) -> list[int]:
    """Numbers of the pages that are no longer the image's."""
    count = (area[1] - area[0]) // _PAGE
    descriptor = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = os.pread(descriptor, count * 8, area[0] // _PAGE * 8)
    finally:
        os.close(descriptor)
    flags = struct.unpack(f"={len(told) // 8}Q", told)
    if len(flags) != count:
        raise OSError("the page map is incomplete")
    return [page for page, flag in enumerate(flags) if flag & (_PRESENT | _SWAPPED) and not flag & _OF_FILE]


def _differs(one: int, other: int, page: int) -> bool:
    offset = page * _PAGE
    return ctypes.string_at(one + offset, _PAGE) != ctypes.string_at(other + offset, _PAGE)


def _write(file: int, address: int, length: int, at: int) -> None:
    done = 0
    while done < length:
        buffer = (ctypes.c_char * (length - done)).from_address(address + done)
        done += os.pwrite(file, buffer, at + done)
