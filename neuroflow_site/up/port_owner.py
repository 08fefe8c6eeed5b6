"""Who listens on a port, where Linux lets us know."""

import contextlib
import os
from pathlib import Path

LISTENING = "0A"


def port_owner(port: int, proc: Path = Path("/proc")) -> str:
    """Return "process 123 (nginx)", or "" when it cannot be known (another user's process, another system)."""
    inodes = _listening_inodes(port, proc)
    if not inodes:
        return ""
    for directory in proc.iterdir():
        if not directory.name.isdigit():
            continue
        if inodes.intersection(_open_files(directory)):
            name = (directory / "comm").read_text().strip()
            return f"process {directory.name} ({name})"
    return ""


def _open_files(process: Path) -> list[str]:
    """What its descriptors point to; nothing when it is gone or not ours to look into."""
    found = []
    try:
        for entry in os.scandir(process / "fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found.append(os.readlink(entry.path))
    except OSError:
        pass
    return found


def _listening_inodes(port: int, proc: Path) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found
