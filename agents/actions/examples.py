"""Load agents from folders, each once: what an installation starts with."""

from __future__ import annotations

from pathlib import Path

from accounts.actor import Actor
from agents.models import Agent
from agents.source import read_manifest

from .agents import create_agent
from .deploy import publish
from .upload_version import upload_version

EXAMPLES = ("echo", "calculator", "text-insights")


def read_folder(folder: Path) -> dict[str, str]:
    """{relative path: text} of the source files under `folder`, caches left out. Raises UnicodeDecodeError."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def load_examples(actor: Actor, root: Path) -> list[str]:
    """Create and publish those of `EXAMPLES` under `root` whose slug was never used; return those slugs."""
    loaded = []
    for slug in EXAMPLES:
        if Agent.objects.filter(workspace=actor.workspace, slug=slug).exists():
            continue
        files = read_folder(root / slug)
        manifest = read_manifest(files)
        agent = create_agent(actor, slug.replace("-", " ").capitalize(), slug, manifest.get("description", ""))
        version, _created = upload_version(actor, agent, files, message="example")
        publish(actor, agent, version, reason="example")
        loaded.append(slug)
    return loaded
