"""httpx as usual, carried by the host: its clients get a transport that calls the http capability."""

from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from neuroflow import _bridge, _http, _loop
from neuroflow._context import current_span
from neuroflow.errors import CapabilityError, CapabilityTimeout

_SKIPPED = ("host", "content-length", "connection", "transfer-encoding")
#: What httpx raises for the host's kinds of failure; all others are a ConnectError.
_RAISED: dict[str, type[httpx.TransportError]] = {
    "connect": httpx.ConnectError,
    "read": httpx.ReadError,
    "too_large": httpx.ReadError,
    "protocol": httpx.RemoteProtocolError,
    "header": httpx.LocalProtocolError,
    "scheme": httpx.UnsupportedProtocol,
    "url": httpx.UnsupportedProtocol,
}


def _request(request: httpx.Request, content: bytes) -> dict[str, Any]:
    headers = [(k, v) for k, v in request.headers.multi_items() if k.lower() not in _SKIPPED]
    sent = _http.encode(request.method, str(request.url), headers, content)
    sent["follow_redirects"] = False  # httpx follows them itself, when it is asked to
    # As in httpx each is for one step; how long the whole may take is in the grant.
    timeouts = request.extensions.get("timeout", {})
    for name in ("connect", "read"):
        if timeouts.get(name) is not None:
            sent[f"{name}_ms"] = max(1, int(timeouts[name] * 1000))
    return sent


def _response(answer: dict[str, Any]) -> httpx.Response:
    status, pairs, body, _ = _http.decode(answer)
    reason = str(answer.get("reason", "")).encode("ascii", "replace")
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": reason or _phrase(status)}
    return httpx.Response(status, headers=pairs, stream=httpx.ByteStream(body), extensions=extensions)


def _phrase(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _raise(error: CapabilityError, request: httpx.Request) -> NoReturn:
    if isinstance(error, CapabilityTimeout):
        kind: type[httpx.TransportError] = httpx.ConnectTimeout if error.kind == "connect" else httpx.ReadTimeout
    else:
        kind = _RAISED.get(error.kind, httpx.ConnectError)
    raise kind(str(error), request=request) from error


def _check(options: dict[str, Any]) -> None:
    """What would be passed over silently and matters is refused; certificates are always verified."""
    for name in ("proxy", "uds", "cert"):
        if options.get(name) is not None:
            raise ValueError(f"httpx: {name} cannot be set in a sandbox; the host makes the request, by its own way")


class AsyncTransport(httpx.AsyncBaseTransport):
    """For httpx.AsyncClient."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _check(options)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = _request(request, await request.aread())
        try:
            return _response(await _loop.call("http", sent, current_span.get()))
        except CapabilityError as error:
            _raise(error, request)


class Transport(httpx.BaseTransport):
    """For httpx.Client and httpx.get."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _check(options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = _request(request, request.read())
        try:
            return _response(_bridge.call_blocking("http", sent, current_span.get()))
        except CapabilityError as error:
            _raise(error, request)


def install() -> None:
    """Let every httpx client that names no transport of its own use ours."""
    import httpx._client as client

    httpx.HTTPTransport = client.HTTPTransport = Transport  # type: ignore[assignment,attr-defined,misc]
    httpx.AsyncHTTPTransport = client.AsyncHTTPTransport = AsyncTransport  # type: ignore[assignment,attr-defined,misc]
