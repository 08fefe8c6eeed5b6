"""A real web service on the loopback interface, for tests."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


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
