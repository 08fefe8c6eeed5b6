"""What must hold before anything is started. Each raises `CannotStart` with what to do."""

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from .errors import CannotStart
from .port_owner import port_owner

ROOM = 500_000_000  # bytes: the sandbox image with what is needed to build it, and room for the database to grow


def check_python() -> None:
    if sys.version_info[:2] != (3, 11):
        raise CannotStart(
            f"This is Python {sys.version.split()[0]}; NeuroFlow's packages are pinned for 3.11. "
            "Use `make run`, which finds or asks for it."
        )


def check_var(var: Path) -> None:
    """The data directory takes files, and has room for them."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var):
            pass
    except OSError as error:
        raise CannotStart(
            f"{var} cannot be written to ({error.strerror}). Make it yours (chown), "
            "or let NEUROFLOW_VAR name another folder for the data."
        ) from error
    free = shutil.disk_usage(var).free
    if free < ROOM:
        raise CannotStart(
            f"{var} is on a disk with {free // 1_000_000:,} MB left; {ROOM // 1_000_000:,} MB are needed. "
            "Free some, or let NEUROFLOW_VAR name a folder on another disk."
        )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. It is handed to the web process, and outlives it when that has to be restarted:
    whoever connects meanwhile waits instead of being refused.
    """
    if not 0 <= port <= 65535:
        raise CannotStart(f"PORT={port} is no port: they go from 1 to 65535 (0 takes any free one).")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise CannotStart(f"HOST={host} is no address of this machine ({error.strerror}).") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise CannotStart(_why_not(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} needs more rights than this user has. Choose one above 1023: make run PORT=8000"
    if error.errno == 98 or "in use" in str(error):
        owner = port_owner(port)
        taken = f"Port {port} on {host} is taken" + (f" by {owner}" if owner else "")
        return f"{taken}. Stop that, or choose another port: make run PORT={free_port_after(host, port)}"
    why = os.strerror(error.errno or 0)
    return f"Port {port} on {host} cannot be opened: {why}. Is HOST an address of this machine?"


def free_port_after(host: str, port: int) -> int:
    """A port to suggest; the next one when none of the following twenty is free."""
    for candidate in range(port + 1, min(port + 21, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return port + 1
