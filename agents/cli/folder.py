"""An agent's folder: which of its files are the version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import sandbox

from .problem import FAILED, Problem

_PASSED_OVER = {"__pycache__", "node_modules", "venv"}
_BYTECODE = {".pyc", ".pyo"}
_MOST_BYTES = 20_000_000


def agent_folder(path: str) -> Path:
    """The folder, where it holds an agent; `agent.py` itself may be named too."""
    folder = Path(path)
    if folder.name == "agent.py" and folder.is_file():
        folder = folder.parent
    if not folder.exists():
        raise Problem(f"There is no folder {path}.")
    if not folder.is_dir():
        raise Problem(f"{path} is a file; name the folder that has the agent's agent.py.")
    if not (folder / "agent.py").is_file():
        where = "this folder" if path == "." else path
        raise Problem(f"There is no agent.py in {where}. Name an agent's folder, or make one: agent new NAME.")
    return folder


def read_folder(folder: Path) -> dict[str, str]:
    """The files of the folder as {path: text}; what is hidden, bytecode or an environment is passed over.

    Raises Problem that names the first file that cannot be part of a version.
    """
    files: dict[str, str] = {}
    total = 0
    for path in _paths(folder):
        name = path.relative_to(folder).as_posix()
        try:
            content = path.read_bytes()
            files[name] = content.decode()
        except OSError as error:
            raise Problem(f"{path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise Problem(
                f"{path} is not text in UTF-8. An agent's files are text: keep data as text (base64 in a .py or .json "
                "file, for instance), or give the file a name that begins with a dot, which leaves it out."
            ) from None
        total += len(content)
        if total > _MOST_BYTES:
            raise Problem(f"{folder} has more than {_MOST_BYTES // 1_000_000} MB of files. Is it the agent's folder?")
    try:
        sandbox.check_source(files)
    except sandbox.SourceError as error:
        raise Problem(f"The files cannot become a version: {error}.", FAILED) from None
    return files


def _paths(folder: Path) -> Iterator[Path]:
    """Files in a settled order. Links to folders are not followed: they may lead round in circles."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        folders[:] = sorted(name for name in folders if not _passed_over(here / name))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix not in _BYTECODE:
                yield here / name


def _passed_over(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _PASSED_OVER or (folder / "pyvenv.cfg").exists()


def stamp(folder: Path) -> dict[str, tuple[int, int]]:
    """Names a state of the folder: time and size of every file. A file that goes away meanwhile is left out."""
    found = {}
    for path in _paths(folder):
        try:
            status = path.stat()
        except OSError:
            continue
        found[path.relative_to(folder).as_posix()] = (status.st_mtime_ns, status.st_size)
    return found
