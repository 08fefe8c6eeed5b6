"""Where the Valkey socket is. The settings and `up` must agree without talking to each other."""

import hashlib
import os
from pathlib import Path

SOCKET_PATH_LIMIT = 107  # bytes: what Linux's sockaddr_un holds (macOS: 103), without the closing zero


def socket_path(var: Path) -> Path:
    """Return var/valkey.sock, or a short path in a private directory when that is too long for a Unix socket.

    The short one depends on `var` and the user alone, so that every process of an installation finds the same.
    """
    path = var / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT - 4:
        return path
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Path("/tmp") / f"neuroflow-{os.getuid()}-{digest}" / "valkey.sock"  # noqa: S108 (private_directory checks it)


def private_directory(path: Path) -> None:
    """Make `path` for this user alone. Raises PermissionError when somebody else made it first."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{path} belongs to someone else or is open to others; delete it and start again.")
