"""`context.http`: web requests through the host, which checks each against the agent's grant."""

import base64
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from neuroflow.errors import CapabilityError

Body = str | bytes | None


class HttpStatusError(CapabilityError):
    """The answer's status was 400 or more and `raise_for_status` was asked for."""


class HttpResponse:
    """An answer: status, headers (names in lower case), content, url."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes, url: str) -> None:
        self.status = self.status_code = status
        self.headers = headers
        self.content = content
        self.url = url

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def text(self) -> str:
        """The content as text, in the charset it names or UTF-8."""
        charset = "utf-8"
        for part in self.headers.get("content-type", "").split(";")[1:]:
            key, _, value = part.strip().partition("=")
            if key.lower() == "charset" and value:
                charset = value.strip("\"'")
        try:
            return self.content.decode(charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The content read as JSON. Raises ValueError."""
        return json.loads(self.content)

    def raise_for_status(self) -> "HttpResponse":
        """Itself when the status is below 400. Raises HttpStatusError otherwise."""
        if not self.ok:
            raise HttpStatusError(f"{self.url} answered {self.status}")
        return self

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status} {self.url}>"


def encode(method: str, url: str, headers: Iterable[tuple[str, str]], content: bytes) -> dict[str, Any]:
    """A request as the host's http capability takes it."""
    request: dict[str, Any] = {"method": method.upper(), "url": url, "headers": [[k, v] for k, v in headers]}
    if content:
        request["body"] = base64.b64encode(content).decode()
    return request


def decode(answer: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes, str]:
    """Status, header pairs, content and final address of the host's answer."""
    pairs = [(str(k), str(v)) for k, v in answer["headers"]]
    return int(answer["status"]), pairs, base64.b64decode(answer.get("body", "")), str(answer["url"])


class Http:
    """Web requests: `await context.http.get(url)`. Needs a grant of `http` that names the host."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: Body = None,
        timeout: float | None = None,
        follow_redirects: bool = True,
    ) -> HttpResponse:
        """Send one request; `timeout` is in seconds. Raises CapabilityDenied, CapabilityTimeout, CapabilityError."""
        sent = {k.lower(): v for k, v in (headers or {}).items()}
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
        request = encode(method, url, sent.items(), _body(sent, json, data, content))
        if timeout is not None:
            request["timeout_ms"] = max(1, int(timeout * 1000))
        request["follow_redirects"] = follow_redirects
        status, pairs, body, final = decode(await self._call("http", **request))
        merged: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            merged[key] = f"{merged[key]}, {value}" if key in merged else value
        return HttpResponse(status, merged, body, final)

    async def get(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("GET", url, **options)

    async def head(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("HEAD", url, **options)

    async def post(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Any) -> HttpResponse:
        return await self.request("DELETE", url, **options)


def _body(headers: dict[str, str], value: Any, form: Mapping[str, Any] | None, content: Body) -> bytes:
    if value is not None:
        headers.setdefault("content-type", "application/json")
        return json.dumps(value).encode()
    if form is not None:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        return urlencode(form, doseq=True).encode()
    if isinstance(content, str):
        return content.encode()
    return content or b""
