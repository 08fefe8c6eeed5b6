"""Which server a command speaks to, and as whom."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from argparse import Namespace
from pathlib import Path
from urllib.parse import urlsplit

from .client import Client
from .problem import REFUSED, Problem

DEFAULT_URL = "http://127.0.0.1:8000"
KEY_FILE = "command-line-key"


def connect(options: Namespace) -> Client:
    """A client for the server that the options, the environment or this installation name."""
    url = options.url or os.environ.get("NEUROFLOW_URL") or ""
    key = options.key or os.environ.get("NEUROFLOW_API_KEY") or ""
    if url:
        _check(url)
    if key:
        if not key.isascii() or not key.isprintable() or " " in key:
            raise Problem("That is not an API key. Keys look like nf_…; make one in the console under API keys.")
        return Client(url or _running_here() or DEFAULT_URL, key)
    running = _running_here()
    if running is None or (url and url.rstrip("/") != running):
        where = f"{url} is not a server of this installation" if url else "No server of this installation is running"
        raise Problem(
            f"{where}, so its key must be given: --key, or NEUROFLOW_API_KEY"
            + (". The console makes one under API keys." if url else ", with --url. `make run` starts a server here."),
            REFUSED if not url else 2,
        )
    kept = _var() / KEY_FILE
    return Client(running, _local_key(kept), f"the key in {kept} (delete the file to have a new one made)")


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or " " in url:
        raise Problem(f"{url!r} is not a server's address; write it like {DEFAULT_URL}.")


def _var() -> Path:
    from django.conf import settings

    var: Path = settings.VAR_DIR
    return var


def _running_here() -> str | None:
    """The address of the server that `make run` keeps running from this installation, or None.

    The lock file tells, and its lock proves it: a file that was left behind, or an address that somebody else has taken
    over, is never sent a key.
    """
    try:
        with (_var() / "up.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return str(json.load(file)["address"]).rstrip("/")
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there, or still starting
    return None


def _local_key(path: Path) -> str:
    """The local command line's key, made and recorded in the audit log the first time."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}. Give a key with --key.", REFUSED) from None
    plaintext = _make_key()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()  # another command was quicker
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}. Give a key with --key.", REFUSED) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(plaintext + "\n")
    return plaintext


def _make_key() -> str:
    import django
    from django.apps import apps
    from django.db import DatabaseError

    if not apps.ready:
        django.setup()
    from accounts import actor
    from accounts.actions.keys import create_key
    from accounts.models import Workspace
    from accounts.scopes import ALL_SCOPES, Scope

    name = f"command line ({getpass.getuser()})"
    try:
        system = actor.system(Workspace.default(), label=name)
        return create_key(system, name, ALL_SCOPES - {Scope.ADMIN})[1]
    except (DatabaseError, IndexError) as error:
        said = str(error).strip() or type(error).__name__
        raise Problem(f"No key can be made: the database cannot be used ({said}).", REFUSED) from None
