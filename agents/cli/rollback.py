"""`agent rollback`: let an earlier version serve again."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any
from urllib.parse import quote

from .problem import OK
from .server import connect
from .terminal import Terminal


def act(options: Namespace) -> int:
    client = connect(options)
    path = f"agents/{quote(options.agent, safe='')}/"
    live = client.get(path)["live"]
    # Only what was seen is replaced: when somebody publishes in between, they are not undone.
    body: dict[str, Any] = {"reason": options.reason, "expected": live["id"] if live else None}
    if options.to is not None:
        body["to"] = options.to
    deployment = client.post(f"{path}rollback/", body)
    before = f" instead of v{live['version']}" if live else ""
    if live and live["canary"]:
        before = f" alone, without the canary v{live['canary']['version']}"
    Terminal(sys.stdout).say(f"v{deployment['version']} serves again{before}, deployment {deployment['id']}.")
    return OK
