"""Which server a command speaks to, and that a key goes to no other."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts.models import ApiKey, AuditEntry

from .conftest import said

ECHO = "def handle(request):\n    return request.text\n"


@contextmanager
def web(handler):
    """A server that answers as `handler(request handler)` says; gives its address and the headers it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            handler(self)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def answering(status: int, body: str, **headers: str):
    def answer(request):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body.encode())

    return answer


@contextmanager
def running_here(var, address: str):
    """What `make run` keeps while it runs."""
    var.mkdir(exist_ok=True)
    with (var / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump({"pid": os.getpid(), "address": address}, file)
        file.flush()
        yield


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "http://a b", "http://u:p@h", "http://h:x"])
def test_an_address_that_is_none_is_refused(agent, url):
    refused = agent("logs", "x", "--url", url, "--key", "nf_a_b")
    assert refused.returncode == 2 and "is not a server's address" in said(refused)


def test_without_a_key_nobody_is_asked(agent):
    refused = agent("logs", "x")
    assert refused.returncode == 3 and "No server of this installation is running" in said(refused)
    with web(answering(200, "{}")) as (url, seen):
        refused = agent("logs", "x", "--url", url)
        assert refused.returncode == 2 and "its key must be given" in said(refused)
        assert not seen


def test_nobody_there_is_told(agent):
    refused = agent("logs", "x", "--url", "http://127.0.0.1:9", "--key", "nf_a_b")
    assert refused.returncode == 3 and "Nothing answers at http://127.0.0.1:9 (Connection refused)" in said(refused)


def test_somebody_else_there_is_told(agent):
    with web(answering(200, "<html>hello")) as (url, _seen):
        refused = agent("logs", "x", "--url", url, "--key", "nf_a_b")
    assert refused.returncode == 3 and "is not NeuroFlow" in said(refused)


def test_a_redirect_is_not_followed_with_the_key(agent):
    with web(answering(200, "{}")) as (elsewhere, seen), web(answering(302, "{}", Location=elsewhere)) as (url, _):
        refused = agent("logs", "x", "--url", url, "--key", "nf_a_b")
    assert refused.returncode == 3 and not seen


def test_a_lock_file_that_was_left_behind_names_no_server(agent, tmp_path):
    with web(answering(200, "{}")) as (url, seen):
        (tmp_path / "v").mkdir()
        (tmp_path / "v" / "up.lock").write_text(json.dumps({"pid": 1, "address": url}))
        refused = agent("logs", "x", NEUROFLOW_VAR=str(tmp_path / "v"))
    assert refused.returncode == 3 and "No server of this installation is running" in said(refused)
    assert not seen


def test_the_key_of_the_local_command_line_is_made_once_and_audited(agent, service, write, tmp_path):
    write(ECHO)
    ours = {name: value for name, value in service.environment().items() if name in ("DATABASE_URL", "SECRET_KEY")}
    var = tmp_path / "v"
    with running_here(var, service.url):
        push = agent("push", "--agent", "echo", "--create", "--publish", NEUROFLOW_VAR=str(var), **ours)
        assert push.returncode == 0, push.stderr
        again = agent("invoke", "echo", "hello", NEUROFLOW_VAR=str(var), **ours)
        assert again.stdout == '"hello"\n', again.stderr
        kept = var / "command-line-key"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        key = ApiKey.objects.get()
        assert key.name.startswith("command line (") and "admin" not in key.scopes
        assert AuditEntry.objects.get(action="key.create").actor_label == key.name

        ApiKey.objects.update(disabled_at=key.created_at)
        disabled = agent("logs", "echo", NEUROFLOW_VAR=str(var), **ours)
        assert disabled.returncode == 3 and "disabled" in said(disabled) and str(kept) in disabled.stderr
        assert ApiKey.objects.count() == 1, "what an administrator disabled is not made anew behind their back"


def test_a_key_that_cannot_be_made_is_told(agent, tmp_path):
    with web(answering(200, "{}")) as (url, seen), running_here(tmp_path / "v", url):
        refused = agent("logs", "x", NEUROFLOW_VAR=str(tmp_path / "v"))
    assert refused.returncode == 3 and "the database cannot be used" in said(refused)
    assert not seen and not (tmp_path / "v" / "command-line-key").exists()
