"""What ends `up` with a sentence instead of a traceback."""


class CannotStart(Exception):
    """A step that cannot work; the message says what and what to do."""
