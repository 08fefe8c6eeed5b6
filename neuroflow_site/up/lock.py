"""One `up` a data directory. The lock is the kernel's, so it ends with the process, however that ends."""

import fcntl
import json
import os
from pathlib import Path

from .errors import CannotStart


class Lock:
    """Held while `up` runs; the file tells a second one where the first is. Raises `CannotStart`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.read(self._descriptor, 4096)
            os.close(self._descriptor)
            raise CannotStart(_already_running(said)) from None

    def tell(self, address: str) -> None:
        """Write who holds the lock and where it answers."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)

    def release(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _already_running(said: bytes) -> str:
    try:
        holder = json.loads(said)
    except ValueError:
        return "NeuroFlow is already being started in this folder, in another terminal."
    return (
        f"NeuroFlow is already running in this folder: {holder['address']} (process {holder['pid']}). "
        f"To stop it: Ctrl-C in its terminal, or kill {holder['pid']}"
    )
