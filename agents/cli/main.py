"""From the command line's words to the command, and from what it raises to a sentence and an exit status."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from .parser import make_parser
from .problem import FAILED, INTERRUPTED, Problem
from .terminal import Terminal


def main(arguments: Sequence[str], prog: str = "manage.py agent") -> int:
    """Run one command and give its exit status, as `--help` lists them. Wrong use leaves through argparse, with 2."""
    options = make_parser(prog).parse_args(arguments)
    try:
        status: int = importlib.import_module(f"agents.cli.{options.module}").act(options)
        sys.stdout.flush()
    except Problem as problem:
        errors = Terminal(sys.stderr)
        errors.say(f"{errors.paint(f'agent {options.command}:', 'red')} {problem}")
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough (`… | head`). Nothing may be written while the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status
