"""`python -m sandbox build DIRECTORY` builds the sandbox image there.

`python -m sandbox layers DIRECTORY` tells what each native isolation has on this machine, with the image there.
"""

import sys
from pathlib import Path

from sandbox.errors import ImageFault
from sandbox.image import build_image
from sandbox.native.layers import REQUIRED, probe


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 failed or a layer that must be there is not, 2 wrong use."""
    if len(arguments) != 2 or arguments[0] not in ("build", "layers"):
        print("usage: python -m sandbox build|layers DIRECTORY", file=sys.stderr)
        return 2
    try:
        if arguments[0] == "layers":
            return layers(Path(arguments[1]))
        print(build_image(Path(arguments[1]), lambda line: print(line, flush=True)))
    except ImageFault as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def layers(image_dir: Path) -> int:
    """Print each layer of the native isolations: there, missing and wished for, or missing although required."""
    status = 0
    for isolation, found in probe(image_dir).items():
        print(isolation)
        for name, reason in found.items():
            must = name in REQUIRED[isolation]
            if reason is not None and must:
                status = 1
            print(f"  {name:18} {'yes' if reason is None else ('REFUSED: ' if must else 'no: ') + reason}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
