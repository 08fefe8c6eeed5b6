"""The sandbox of this machine, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sandbox

from .problem import REFUSED, Problem
from .terminal import Terminal


@contextmanager
def opened(terminal: Terminal) -> Iterator[sandbox.Runtime]:
    """A runtime on the sandbox image, which is built where it is missing: half a minute, once."""
    from django.conf import settings

    directory = settings.NEUROFLOW["IMAGE_DIR"]
    try:
        try:
            runtime = sandbox.Runtime.open(directory)
        except sandbox.ImageMissing:
            sandbox.build_image(directory, lambda line: terminal.say(terminal.paint(line, "dim")))
            runtime = sandbox.Runtime.open(directory)
    except (sandbox.ImageFault, OSError) as fault:
        raise Problem(f"The sandbox cannot be opened: {fault}", REFUSED) from None
    try:
        yield runtime
    finally:
        runtime.close()
