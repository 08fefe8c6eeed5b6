"""`agent about`: what an agent may import without bringing it along."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping

from .machine import opened
from .problem import OK
from .terminal import Terminal


def act(options: Namespace) -> int:
    with opened(Terminal(sys.stderr)) as runtime:
        told = runtime.about()
    out = Terminal(sys.stdout)
    if options.markdown:
        out.say(table(told["packages"]))
        return OK
    out.say(f"Python {told['python']}, with its standard library but for what a sandbox cannot have, and:")
    for name, version in sorted(told["packages"].items(), key=lambda item: item[0].lower()):
        out.say(f"  {name} {version}")
    missing = sorted(name for name in told["left_out"] if not name.startswith("_") and "." not in name)
    out.say(f"It is without {', '.join(missing)}.")
    return OK


def table(packages: Mapping[str, str]) -> str:
    """The packages as a table in Markdown, for docs/agents.md."""
    named = sorted(packages.items(), key=lambda item: item[0].lower())
    return "\n".join(
        ["| package | version |", "| --- | --- |", *(f"| `{name}` | {version} |" for name, version in named)]
    )
