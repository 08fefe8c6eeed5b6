"""`files`: a scratch directory in the sandbox's own memory, limited, gone with it.

There is nothing to call. The grant is told to the guest when a run begins, and open() and its relations then work below
/tmp (sandbox/guest/neuroflow/_files.py).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.capabilities.base import Admitted, Caller, Failed


class Files:
    """Grant: {"max_bytes", "max_files"}."""

    name = "files"
    summary = "a scratch directory in memory, gone after the request"
    terms: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "max_bytes": {
                "type": "integer",
                "title": "Size (bytes)",
                "description": "How much all files together may hold; it counts towards the agent's memory.",
                "minimum": 1,
                "maximum": 256_000_000,
                "default": 16_000_000,
            },
            "max_files": {
                "type": "integer",
                "title": "Files",
                "description": "How many files and directories there may be.",
                "minimum": 1,
                "maximum": 10_000,
                "default": 1_000,
            },
        },
        "additionalProperties": False,
    }

    def check(self, terms: Mapping[str, Any]) -> None:
        """Whatever fits the schema can be granted."""

    def admit(self, request: Mapping[str, Any], grant: Mapping[str, Any], caller: Caller) -> Admitted:
        raise Failed("files has nothing to call: use open(), pathlib and tempfile below /tmp")
