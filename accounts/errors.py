"""The base of every error that is said to a user: a documented code, a sentence, and where and what in `detail`."""

from __future__ import annotations

from typing import Any


class ProductError(Exception):
    """`code` is one of the documented list, `http` the status the API answers with, `detail` a JSON object.

    `retry_after` (seconds), where set, becomes the `Retry-After` header.
    """

    code = "invalid"
    http = 422
    retry_after: float | None = None

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
