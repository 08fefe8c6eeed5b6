"""A client of the HTTP API: JSON calls, and an invocation's events as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from .problem import REFUSED, Problem
from .terminal import harmless

CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
_RECONNECTS = 5


class Refused(Problem):
    """The server answered with an error. `code` is one of docs/errors.md, `body` all that it said."""

    def __init__(self, status: int, body: dict[str, Any], hint: str = "") -> None:
        error = body.get("error") or {}
        super().__init__(harmless(str(error.get("message") or f"The server answered {status}.")) + hint, REFUSED)
        self.code = str(error.get("code", ""))
        self.http = status
        self.body = body


class Client:
    """Calls one server with one key. `key_says` names where the key came from, for when it is refused."""

    def __init__(self, url: str, key: str, key_says: str = "") -> None:
        self.url = url.rstrip("/")
        self._key_says = key_says
        # Redirects are not followed: the key is for this server alone.
        self._pool = urllib3.PoolManager(
            maxsize=16,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "neuroflow-agent"},
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The JSON at `/api/v1/<path>`. Raises Refused, or Problem when nobody answers."""
        return self._call("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send JSON. Raises as `get`."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a change as JSON. Raises as `get`."""
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._pool.request(
                method, f"{self.url}/api/v1/{path}", **({} if body is None else {"json": body})
            )
        except HTTPError as error:
            raise self._unreachable(error) from None
        return self._read(response)

    def _read(self, response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
        try:
            value = json.loads(response.data)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Problem(f"What answers at {self.url} ({response.status}) is not NeuroFlow. Is --url right?", REFUSED)
        if response.status >= 300:
            hint = f" This was {self._key_says}." if response.status == 401 and self._key_says else ""
            raise Refused(response.status, value, hint)
        return value

    def _unreachable(self, error: Exception) -> Problem:
        reason = str(error).rpartition("]")[2].rpartition(": ")[2].strip(" )'\"") or type(error).__name__
        return Problem(
            f"Nothing answers at {self.url} ({reason}). `make run` starts a server; --url names another.", REFUSED
        )

    def events(self, invocation_id: str) -> Iterator[dict[str, Any]]:
        """All events of an invocation, from the first on, until it is settled. A lost connection is taken up again."""
        last, lost = 0, 0
        while True:
            try:
                for event in self._stream(invocation_id, last):
                    last, lost = event["seq"], 0
                    yield event
                    if event["kind"] == "settled":
                        return
                return  # the server has nothing more to tell
            except HTTPError as error:
                lost += 1
                if lost > _RECONNECTS:
                    raise self._unreachable(error) from None
                time.sleep(min(2.0, 0.1 * 2**lost))

    def _stream(self, invocation_id: str, after: int) -> Iterator[dict[str, Any]]:
        response = self._pool.request(
            "GET",
            f"{self.url}/api/v1/invocations/{invocation_id}/events/",
            headers={**self._pool.headers, "Accept": "text/event-stream", "Last-Event-ID": str(after)},
            preload_content=False,
        )
        try:
            if response.status == 204:
                return
            if response.status != 200:
                self._read(response)
            kept = b""
            for chunk in response.stream(65_536):
                *lines, kept = (kept + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: "):
                        yield json.loads(line[6:])
        finally:
            response.close()
