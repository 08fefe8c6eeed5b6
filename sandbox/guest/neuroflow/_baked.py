"""What the packages that come with the image read from files of theirs, read when the image is built."""

import importlib.metadata
import io
import sys
from typing import Any

_zones: dict[str, bytes] = {}

#: Name and version of each package.
versions: dict[str, str] = {}


def prepare() -> None:
    """Read it all. Later there are no files to read it from."""
    for found in importlib.metadata.distributions():
        versions[str(found.metadata["Name"])] = found.version
    if "tzdata" in sys.modules:
        _prepare_zones()
    if "markdown" in sys.modules:
        import markdown.util

        markdown.util.get_installed_extensions()  # remembers them


def _prepare_zones() -> None:
    import importlib.resources
    import zoneinfo

    root = importlib.resources.files("tzdata")
    for key in root.joinpath("zones").read_text().split():
        _zones[key] = root.joinpath("zoneinfo", *key.split("/")).read_bytes()
    common: Any = zoneinfo._common
    common.load_tzdata = _load_zone
    zoneinfo.available_timezones = lambda: set(_zones)


def _load_zone(key: str) -> io.BytesIO:
    """Stands where `zoneinfo` opens a file of time zone data."""
    import zoneinfo

    if key not in _zones:
        raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
    return io.BytesIO(_zones[key])
