"""A real web service on the loopback interface, for tests."""

import base64
import gzip
import html
import json
import threading
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit


def packed(query: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """So many bytes, in the encoding that is asked for; `cut` takes the end off."""
    content = b"x" * int(query.get("bytes", "1000"))
    how = query["how"]
    ways: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "raw": lambda text: zlib.compress(text)[2:-4],
        "twice": lambda text: gzip.compress(zlib.compress(text)),
        "members": lambda text: gzip.compress(text[:10]) + gzip.compress(text[10:]) + b"\0\0",
        "br": lambda text: b"\x8b" + text,
        "wrong": lambda text: text,
    }
    named = {"raw": "deflate", "twice": "deflate, gzip", "members": "gzip", "wrong": "gzip"}
    return ways[how](content)[: -9 if "cut" in query else None], {"Content-Encoding": named.get(how, how)}


#: Ways to write a value down in a body.
LEAKS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda value: f"you sent {value}.".encode(),
    "json": lambda value: json.dumps({"headers": {"Authorization": value}}).encode(),
    "upper": lambda value: value.upper().encode(),
    "unicode": lambda value: "".join(f"\\u{ord(c):04x}" for c in value).encode(),
    "url": lambda value: quote(value, safe="").encode(),
    "url-plus": lambda value: quote_plus(value).encode(),
    "url-all": lambda value: "".join(f"%{ord(c):02X}" for c in value).encode(),
    "html": lambda value: html.escape(value).encode(),
    "html-all": lambda value: "".join(f"&#{ord(c)};" for c in value).encode(),
    "hex": lambda value: value.encode().hex().encode(),
    "hex-upper": lambda value: value.encode().hex(" ").upper().encode(),
    "base64": lambda value: base64.b64encode(value.encode()),
    "base64-1": lambda value: base64.b64encode(b"x" + value.encode() + b"yy"),
    "base64-2": lambda value: base64.urlsafe_b64encode(b"xx" + value.encode() + b"y"),
    "base64-lines": lambda value: base64.encodebytes(b"x" * 50 + value.encode() + b"y" * 50),
    "utf-16": lambda value: value.encode("utf-16"),
    "twice": lambda value: (value + value).encode(),
    "far": lambda value: b"." * 70_000 + value.encode() + b"." * 70_000,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Web"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        if parts.path == "/hang":
            self.server.released.wait(60)
        if parts.path == "/together":
            self.server.meet(int(query["count"]))
        if parts.path == "/redirect":
            self._answer(int(query.get("status", 302)), b"", {"Location": query["to"]})
        elif parts.path == "/large":
            self._answer(200, b"x" * int(query["bytes"]), {})
        elif parts.path == "/drip":
            self._drip()
        elif parts.path == "/drip-head":
            self._drip_head()
        elif parts.path == "/packed":
            self._answer(200, *packed(query))
        elif parts.path == "/cookie":
            self._answer(200, b"", {"Set-Cookie": f"seen={query['value']}; Path=/"})
        elif parts.path == "/basic" and not self.headers.get("Authorization"):
            self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
        elif parts.path == "/leak":
            self._leak(query["how"], self.headers.get(query.get("header", "Authorization"), ""))
        elif parts.path == "/status":
            self._answer(int(query["code"]), b"", {})
        else:
            echo = {"method": self.command, "path": self.path, "body": body.decode(), "headers": dict(self.headers)}
            self._answer(200, json.dumps(echo).encode(), {"Content-Type": "application/json"})

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _leak(self, how: str, value: str) -> None:
        """Tell the value of a header in a way that services do, or might."""
        if how in LEAKS:
            self._answer(200, LEAKS[how](value), {})
        elif how == "header":
            self._answer(200, b"ok", {"X-Seen": value, "X-Packed": base64.b64encode(value.encode()).decode()})
        elif how == "redirect":
            self._answer(302, b"", {"Location": f"/next?token={quote(value)}"})
        elif how == "reason":
            self.wfile.write(f"HTTP/1.1 418 {value}\r\nContent-Length: 0\r\n\r\n".encode())
        elif how == "broken":
            self.wfile.write(f"SAYS {value}\r\n\r\n".encode())
            self.close_connection = True
        elif how == "gzip":
            self._answer(200, gzip.compress(value.encode()), {"Content-Encoding": "gzip"})
        elif how == "br":
            self._answer(200, b"\x8b" + value.encode(), {"Content-Encoding": "br"})

    def _drip_head(self) -> None:
        """A status line that comes letter by letter and does not end."""
        try:
            self.wfile.write(b"HTTP/1.1 200 ")
            while not self.server.released.wait(0.02):
                self.wfile.write(b"O")
        except OSError:
            self.close_connection = True

    def _drip(self) -> None:
        """Let the answer come byte by byte, never to its end."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            while not self.server.released.wait(0.02):
                self.wfile.write(b".")
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class Web(ThreadingHTTPServer):
    """`with Web() as web:` serves on `web.host` until the block ends; `web.seen` is what was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.host}"
        self.released = threading.Event()
        self._meeting: threading.Barrier | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "Web":
        self._thread.start()
        return self

    def meet(self, count: int) -> None:
        """Return when so many requests are here at the same time; fail when they do not come."""
        with self._lock:
            if self._meeting is None:
                self._meeting = threading.Barrier(count, timeout=20)
        self._meeting.wait()

    def __exit__(self, *exception: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""
