"""The product as users start it (`manage.py up`, in a directory of its own), and Chromium looking at it.

Everything is real: uvicorn, a Celery worker, the embedded Valkey, the example agents. Any console error, breach of the
Content-Security-Policy, failed or foreign request fails the test in whose page it happened.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    sync_playwright,
)

from .product import Product

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
NEEDED = (
    "The browser tests need Chromium, and none was found. Debian, Ubuntu: sudo apt install chromium fonts-noto-cjk. "
    "In an unusual place: CHROMIUM=/path/to/chromium."
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")
def product(sandbox_image: Path) -> Iterator[Product]:
    """A running product. Its directory has a short path, because Valkey's socket is in it."""
    var = tempfile.mkdtemp(prefix="nf-b-")
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "NEUROFLOW_VAR": var,
        "NEUROFLOW_IMAGE_DIR": str(sandbox_image),
        "DJANGO_SETTINGS_MODULE": "neuroflow_site.settings",
    }
    command = [sys.executable, "manage.py", "up", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = _until_ready(process)
        found = {
            name: re.search(pattern, said)
            for name, pattern in {
                "url": r"Console\s+(http://\S+?)/\s",
                "password": r"password (\S+)",
                "key": r"Bearer (nf_\S+?)\"",
            }.items()
        }
        missing = [name for name, match in found.items() if match is None]
        assert not missing, f"`up` did not say {missing}:\n{said}"
        yield Product(**{name: match[1] for name, match in found.items() if match})
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(var, ignore_errors=True)


def _until_ready(process: subprocess.Popen) -> str:
    """What `up` has said by the time it is ready."""
    assert process.stdout is not None
    said, deadline, descriptor = b"", time.monotonic() + START_SECONDS, process.stdout.fileno()
    while b"invocations/ -H" not in said:
        if select.select([descriptor], [], [], 1)[0]:
            part = os.read(descriptor, 65536)
            if not part:
                raise AssertionError(f"`manage.py up` ended:\n{said.decode()}")
            said += part
        if time.monotonic() > deadline:
            raise AssertionError(f"`manage.py up` was not ready after {START_SECONDS} s:\n{said.decode()}")
    # Nobody reads on; a full pipe must not stop the product.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode())


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for the package. It ends with it: its event loop must not run while other tests use theirs."""
    wanted = os.environ.get("CHROMIUM") or "chromium"
    path = shutil.which(wanted) or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail(NEEDED)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def signed_in(browser: Browser, product: Product) -> dict:
    """The administrator's session, as a new context takes it."""
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("/")
    state = context.storage_state()
    context.close()
    return dict(state)


class Watched:
    """Collects what went wrong in a context's pages; `allow` names what a test provokes on purpose."""

    def __init__(self, context: BrowserContext, product: Product) -> None:
        self.problems: list[str] = []
        self.allowed: list[str] = []
        self.origin = product.url
        context.on("console", self._console)
        context.on("weberror", self._uncaught)
        context.on("request", self._request)
        context.on("response", self._response)
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) => "
            "console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))"
        )

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _uncaught(self, error: WebError) -> None:
        self.note(f"uncaught: {error.error}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.note(f"{response.status} {response.url}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.note(f"request to another host: {request.url}")

    def note(self, problem: str) -> None:
        self.problems.append(problem)

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    def check(self) -> None:
        left = [problem for problem in self.problems if not any(re.search(each, problem) for each in self.allowed)]
        assert not left, "\n".join(left)


@pytest.fixture
def open_context(browser: Browser, product: Product) -> Iterator[Callable[..., tuple[BrowserContext, Watched]]]:
    """open_context(**options) → a context of its own and what watches it; checked and closed after the test."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(**options) -> tuple[BrowserContext, Watched]:
        context = browser.new_context(base_url=product.url, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(15_000)
        opened.append((context, Watched(context, product)))
        return opened[-1]

    yield make
    for context, _ in opened:
        context.close()
    for _, watched in opened:
        watched.check()


@pytest.fixture
def watched(open_context, signed_in) -> tuple[BrowserContext, Watched]:
    """A context in which the administrator is logged in."""
    return open_context(storage_state=signed_in, permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def page(watched) -> Page:
    return watched[0].new_page()


@pytest.fixture
def allow(watched) -> Callable[[str], None]:
    """allow(pattern): this problem is provoked on purpose."""
    return watched[1].allow
