"""`python -m sandbox build DIRECTORY` builds the sandbox image there."""

import sys
from pathlib import Path

from sandbox.errors import ImageFault
from sandbox.image import build_image


def main(arguments: list[str]) -> int:
    """Exit status: 0 built, 1 failed, 2 wrong use."""
    if len(arguments) != 2 or arguments[0] != "build":
        print("usage: python -m sandbox build DIRECTORY", file=sys.stderr)
        return 2
    try:
        print(build_image(Path(arguments[1]), lambda line: print(line, flush=True)))
    except ImageFault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
