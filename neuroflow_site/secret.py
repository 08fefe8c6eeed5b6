"""The installation's secret key: made once, kept beside the data, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def read_or_create(path: Path) -> str:
    """Return the key stored at `path`, creating it (mode 0600) on first use.

    Two processes starting at once agree: the file is created exclusively and whoever loses reads the winner's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text().strip()
        if not key:
            raise RuntimeError(
                f"{path} is empty. Delete it to have a new key made; every login ends with it."
            ) from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key
