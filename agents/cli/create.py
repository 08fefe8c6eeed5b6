"""`agent new`: a folder with an agent to start from."""

from __future__ import annotations

import os
import re
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from .problem import OK, Problem
from .terminal import Terminal

#: The templates and what each shows.
KINDS = {
    "plain": "one function that answers",
    "chat": "a conversation with a model",
    "http": "asks a web service",
    "tools": "functions that a model may call",
}
TEMPLATES = Path(__file__).parent / "templates"
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def act(options: Namespace) -> int:
    folder = Path(options.name)
    slug = slug_of(folder.name)
    if not slug:
        raise Problem(f"No agent can be called {folder.name!r}. Use letters, digits and hyphens, such as my-agent.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Problem(f"{folder} is there already, and is left as it is. Choose another name, or remove it first.")
    try:
        written = _write(TEMPLATES / options.template, folder, slug)
    except OSError as error:
        raise Problem(f"{error.filename or folder} cannot be written: {error.strerror}.") from None
    out = Terminal(sys.stdout)
    out.say(f"{folder}: {', '.join(written)}")
    here = shlex.join([sys.executable, str(Path(sys.argv[0]).resolve()), "agent"])
    out.say(f"""
Next:
  cd {shlex.quote(str(folder))}
  alias agent={shlex.quote(here)}
  agent test""")
    return OK


def slug_of(name: str) -> str:
    """What an agent of that name is called on a server; empty when nothing of the name can be used."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63].strip("-")
    return slug if _SLUG.fullmatch(slug) else ""


def _write(template: Path, folder: Path, slug: str) -> list[str]:
    title = slug.replace("-", " ").capitalize()
    written = []
    for source in sorted(path for path in template.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        name = source.relative_to(template).as_posix()
        # A file that begins with a dot would be in force here; the template of one is spelled out.
        target = folder / name.replace("dot-", ".")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text().replace("__TITLE__", title).replace("__SLUG__", slug)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w") as file:
            file.write(text)
        written.append(target.relative_to(folder).as_posix())
    return written
