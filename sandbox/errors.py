"""Exceptions of the sandbox that its callers meet."""


class SourceError(Exception):
    """Source that cannot become a version. `file` and `line` (either may be None) say where, `reason` says why."""

    def __init__(self, file: str | None, line: int | None, reason: str) -> None:
        where = "" if file is None else f"{file}, line {line}: " if line else f"{file}: "
        super().__init__(where + reason)
        self.file = file
        self.line = line
        self.reason = reason


class ImageFault(Exception):
    """The sandbox image could not be made or used; the text says what failed."""


class ImageMissing(ImageFault):
    """The sandbox image was not built yet; the text says what to run."""


class IsolationUnavailable(Exception):
    """This machine cannot isolate code in the way that was asked for; the text says which layer is missing and why."""
