"""Pictures of the console for the documentation, taken from a running server by a real browser.

    LOGIN_PASSWORD=… make screenshots        (URL=http://127.0.0.1:8000 and LOGIN=admin when not set)

Sends the example agents some requests first, with the key in var/first-api-key, so that there is something to see.
"""

import json
import os
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
TEXTS = [
    "what is 12 times 7",
    "repeat after me: hello",
    "convert 5 km to miles",
    "20% of 50",
    "The tide came in over the flats before noon. By one the boats were afloat, and the gulls had gone inland.",
    "100 f to c",
    "sqrt(2) * 10",
]


def send_requests(url: str, key: str) -> None:
    """Some requests, answered one after the other; a refused one is no reason to stop."""
    for text in TEXTS * 5:
        request = urllib.request.Request(
            f"{url}/api/v1/invocations/",
            data=json.dumps({"text": text}).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=60).read()
        except urllib.error.HTTPError as error:
            print(f"{text!r}: {error.code} {error.read(200)!r}")


def main() -> int:
    url = os.environ.get("URL", "http://127.0.0.1:8000").rstrip("/")
    password = os.environ.get("LOGIN_PASSWORD")
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    key_file = ROOT / "var" / "first-api-key"
    if not password:
        print("Set LOGIN_PASSWORD (and LOGIN, when it is not admin).")
        return 1
    if not browser_path:
        print("Chromium is needed: sudo apt install chromium, or CHROMIUM=/path/to/it.")
        return 1
    if key_file.exists():
        send_requests(url, key_file.read_text().strip())
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="light")
        page.goto(f"{url}/login/")
        page.fill("input[name=username]", os.environ.get("LOGIN", "admin"))
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{url}/")
        page.wait_for_timeout(1500)  # the charts are drawn and the live feed is connected
        page.screenshot(path=IMAGES / "overview.png")
        browser.close()
    print(f"Wrote {IMAGES / 'overview.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
