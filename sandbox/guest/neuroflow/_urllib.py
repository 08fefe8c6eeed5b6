"""`urllib.request` as usual, carried by the host: its handlers end in a call of the http capability.

Everything above that is the standard library's own: Request, openers, cookies, redirects, authentication, HTTPError.
"""

import http.client
import io
import urllib.error
import urllib.request
from typing import Any

from neuroflow import _bridge, _http
from neuroflow._context import current_span
from neuroflow.errors import CapabilityError, CapabilityTimeout, SandboxDenied

_SKIPPED = ("host", "content-length", "connection", "transfer-encoding")
_INSTEAD = (
    "http.client opens a socket, and a sandbox has none; use urllib.request.urlopen(url), httpx.get(url) or "
    "`await context.http.get(url)`, with a grant of the http capability"
)


class _Bytes:
    """Stands where http.client reads from its socket: an answer that is here as a whole."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *args: Any, **kwargs: Any) -> io.BufferedIOBase:
        return io.BytesIO(self._content)


def _do_open(self: Any, http_class: Any, req: urllib.request.Request, **options: Any) -> http.client.HTTPResponse:
    """In place of AbstractHTTPHandler.do_open: ask the host, and give what http.client would have made of it."""
    headers = {**req.unredirected_hdrs, **{k: v for k, v in req.headers.items() if k not in req.unredirected_hdrs}}
    pairs = [(name, str(value)) for name, value in headers.items() if name.lower() not in _SKIPPED]
    # Unlike others, this client does not decompress: without being asked, nothing is compressed.
    if not any(name.lower() == "accept-encoding" for name, _ in pairs):
        pairs.append(("Accept-Encoding", "identity"))
    method = req.get_method()
    sent = _http.encode(method, req.full_url.partition("#")[0], pairs, _read(req.data))
    sent["follow_redirects"] = False
    if isinstance(req.timeout, (int, float)):
        sent["timeout_ms"] = max(1, int(req.timeout * 1000))
    try:
        answer = _bridge.call_blocking("http", sent, current_span.get())
    except CapabilityTimeout as error:
        if error.kind == "connect":
            raise urllib.error.URLError(error) from error
        raise TimeoutError(str(error)) from error
    except CapabilityError as error:
        raise urllib.error.URLError(error) from error
    return _answered(answer, method, req.full_url)


def _read(data: Any) -> bytes:
    if data is None:
        return b""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    return bytes(data.read()) if hasattr(data, "read") else b"".join(data)


def _answered(answer: dict[str, Any], method: str, url: str) -> http.client.HTTPResponse:
    status, pairs, body, _ = _http.decode(answer)
    kept = [(name, value) for name, value in pairs if name.lower() not in ("transfer-encoding", "content-length")]
    length = [(name, value) for name, value in pairs if name.lower() == "content-length"]
    kept += length if method == "HEAD" else [("Content-Length", str(len(body)))]
    reason = str(answer.get("reason") or http.client.responses.get(status, ""))
    head = "".join([f"HTTP/1.1 {status} {reason}\r\n", *(f"{name}: {value}\r\n" for name, value in kept), "\r\n"])
    response = http.client.HTTPResponse(_Bytes(head.encode("latin-1", "replace") + body), method=method)  # type: ignore[arg-type]
    response.begin()
    response.url = url
    response.msg = response.reason  # type: ignore[assignment]  # as urllib has it
    return response


def _refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
    raise SandboxDenied(_INSTEAD)


def install() -> None:
    """Let every opener of urllib.request ask the host."""
    urllib.request.AbstractHTTPHandler.do_open = _do_open  # type: ignore[method-assign]
    http.client.HTTPConnection.connect = _refuse  # type: ignore[method-assign]
    http.client.HTTPSConnection.connect = _refuse  # type: ignore[method-assign]
