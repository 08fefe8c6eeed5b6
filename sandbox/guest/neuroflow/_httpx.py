"""httpx as usual, carried by the host: its clients get a transport that calls the http capability."""

from typing import Any

import httpx

from neuroflow import _bridge, _http, _loop
from neuroflow._context import current_span
from neuroflow.errors import CapabilityError, CapabilityTimeout


def _request(request: httpx.Request, content: bytes) -> dict[str, Any]:
    skipped = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")
    headers = {k: v for k, v in request.headers.items() if k.lower() not in skipped}
    sent = _http.encode(request.method, str(request.url), headers, content)
    sent["follow_redirects"] = False
    timeouts = [t for t in request.extensions.get("timeout", {}).values() if t is not None]
    if timeouts:
        sent["timeout_ms"] = int(max(timeouts) * 1000)
    return sent


def _response(answer: dict[str, Any]) -> httpx.Response:
    status, pairs, body, _ = _http.decode(answer)
    return httpx.Response(status, headers=pairs, content=body)


class AsyncTransport(httpx.AsyncBaseTransport):
    """For httpx.AsyncClient."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = _request(request, await request.aread())
        try:
            return _response(await _loop.call("http", sent, current_span.get()))
        except CapabilityTimeout as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except CapabilityError as error:
            raise httpx.ConnectError(str(error), request=request) from error


class Transport(httpx.BaseTransport):
    """For httpx.Client and httpx.get."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = _request(request, request.read())
        try:
            return _response(_bridge.call_blocking("http", sent, current_span.get()))
        except CapabilityTimeout as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except CapabilityError as error:
            raise httpx.ConnectError(str(error), request=request) from error


def install() -> None:
    """Let every httpx client that names no transport of its own use ours."""
    import httpx._client as client

    httpx.HTTPTransport = client.HTTPTransport = Transport  # type: ignore[assignment,attr-defined,misc]
    httpx.AsyncHTTPTransport = client.AsyncHTTPTransport = AsyncTransport  # type: ignore[assignment,attr-defined,misc]
