"""A package index of its own for tests: a real server on the loopback (PEP 503 and 691) with wheels made by hand."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def wheel(
    name: str,
    version: str,
    files: dict[str, str | bytes] | None = None,
    *,
    tag: str = "py3-none-any",
    requires: tuple[str, ...] = (),
    metadata: str = "",
    record: str | None = None,
    also: tuple[tuple[zipfile.ZipInfo, bytes], ...] = (),
) -> tuple[str, bytes]:
    """A wheel's file name and content. `record` replaces the RECORD; `also` are entries put in as they are."""
    base = f"{name.replace('-', '_')}-{version}"
    info = f"{base}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}"
    contents = {
        **{path: text.encode() if isinstance(text, str) else text for path, text in (files or {}).items()},
        f"{info}/METADATA": (head + "".join(f"Requires-Dist: {need}\n" for need in requires)).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    rows = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in contents.items()]
    contents[f"{info}/RECORD"] = (record if record is not None else "".join(rows) + f"{info}/RECORD,,\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            archive.writestr(path, content)
        for entry, content in also:
            archive.writestr(entry, content)
    return f"{base}-{tag}.whl", buffer.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


class Index:
    """`with Index() as index: index.add(*wheel("a", "1.0", {...}))`; its address is `index.url`."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.requests: list[str] = []
        self._files: dict[str, dict[str, tuple[bytes, str, str]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple/"

    def add(self, filename: str, content: bytes, *, sha256: str | None = None, requires_python: str = "") -> None:
        """Offer a file, with its true hash unless another is given."""
        project = filename.split("-")[0].replace("_", "-").lower()
        told = sha256 or hashlib.sha256(content).hexdigest()
        self._files.setdefault(project, {})[filename] = (content, told, requires_python)

    def __enter__(self) -> Index:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _page(self, project: str) -> tuple[str, bytes]:
        files = self._files[project]
        if self.as_json:
            told = [
                {
                    "filename": name,
                    "url": f"/files/{name}",
                    "hashes": {"sha256": sha},
                    "requires-python": python or None,
                }
                for name, (_, sha, python) in files.items()
            ]
            page = {"meta": {"api-version": "1.0"}, "name": project, "files": told}
            return "application/vnd.pypi.simple.v1+json", json.dumps(page).encode()
        links = [
            f'<a href="/files/{name}#sha256={sha}" data-requires-python="{python.replace(">", "&gt;")}">{name}</a>'
            for name, (_, sha, python) in files.items()
        ]
        return "text/html", f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()

    def _handler(index) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.requests.append(self.path)
                kind, _, name = self.path.strip("/").partition("/")
                contents = {file: found[0] for files in index._files.values() for file, found in files.items()}
                if kind == "simple" and name in index._files:
                    self._send(200, *index._page(name))
                elif kind == "files" and name in contents:
                    self._send(200, "application/octet-stream", contents[name])
                else:
                    self._send(404, "text/plain", b"no")

            def _send(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Requests are counted, not printed."""

        return Handler
