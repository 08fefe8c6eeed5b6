"""How much pip is about to download: asks the indexes that pip itself would ask, in seconds, without downloading.

Run by the virtual environment's own interpreter, before anything is installed into it: its pip brings the user's
settings (index, extra indexes, find-links, proxy, certificates, credentials). pip offers no stable interface for this,
so whatever goes wrong ends as "size not known" here and never as a failed installation.

    python scripts/download_size.py requirements.txt      prints one JSON object, see `Size`
"""

import importlib.metadata
import json
import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

SECONDS = 12.0  # for everything together; what is not known by then counts as unknown
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;#]+)")


@dataclass
class Size:
    packages: int = 0  # to be installed
    remote_bytes: int = 0  # to be downloaded, where known
    local_bytes: int = 0  # in folders that pip's settings name
    unknown: list[str] = field(default_factory=list)
    torch_needs: list[str] = field(default_factory=list)  # what the CUDA build of torch wants on top


def read_pins(path: str) -> dict[str, str]:
    """Return name -> version of every `name==version` line of a requirements file."""
    with open(path, encoding="utf-8") as lines:
        return {match[1]: match[2] for match in map(PIN.match, lines) if match}


def missing(pins: dict[str, str]) -> dict[str, str]:
    """Leave out what is installed already; a local label ("+cpu") satisfies a pin without one."""
    installed = {
        re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower(): distribution.version.split("+")[0]
        for distribution in importlib.metadata.distributions()
    }
    return {
        name: version
        for name, version in pins.items()
        if installed.get(re.sub(r"[-_.]+", "-", name).lower()) != version
    }


def cuda_needs(session: Any, link: Any) -> list[str]:
    """What torch asks for beyond our pins: the metadata file that indexes offer beside a wheel says it."""
    if link.is_file or "+cpu" in link.filename or not sys.platform.startswith("linux"):
        return []
    answer = session.get(link.url_without_fragment + ".metadata", timeout=5)
    needs = re.findall(r"^Requires-Dist: ([^;\n]+)", answer.text if answer.status_code == 200 else "", re.M)
    return [need.strip() for need in needs if re.match(r"nvidia|cuda|triton", need)]


def only_version(page: Any, version: str) -> Any:
    """Strip an index page of the files of other versions: weighing them all costs ten seconds."""
    if page.content_type.startswith("application/vnd.pypi.simple"):
        document = json.loads(page.content)
        document["files"] = [file for file in document["files"] if version in file["filename"]]
        content = json.dumps(document).encode()
    else:
        anchors = re.findall(rb"<a\b.*?</a>", page.content, re.S | re.I)
        kept = [anchor for anchor in anchors if version.encode() in anchor]
        content = b"<!DOCTYPE html><html><body>" + b"\n".join(kept) + b"</body></html>"
    object.__setattr__(page, "content", content)  # frozen in newer versions of pip
    return page


def measure(pins: dict[str, str]) -> Size:
    """Find each pin's file as pip would and ask for its length."""
    from pip._internal.commands import create_command
    from pip._internal.index import package_finder
    from pip._vendor.packaging.specifiers import SpecifierSet

    here = threading.local()  # which version this thread looks for
    parse_links: Any = package_finder.parse_links
    package_finder.parse_links = lambda page: parse_links(only_version(page, here.version))  # type: ignore[assignment]
    size = Size(packages=len(pins))
    command: Any = create_command("install")
    options, _ = command.parse_args(["--quiet", "--quiet", "--quiet", "--retries", "0"])
    deadline = time.monotonic() + SECONDS
    with command.main_context():
        session = command.get_default_session(options)

        def one(pin: tuple[str, str]) -> tuple[int, bool]:
            here.version = pin[1]
            finder = command._build_package_finder(options=options, session=session)
            link = finder.find_best_candidate(pin[0], SpecifierSet(f"=={pin[1]}")).best_candidate.link
            if pin[0] == "torch":
                size.torch_needs = cuda_needs(session, link)
            if link.is_file:
                return os.path.getsize(link.file_path), True
            head = session.head(
                link.url_without_fragment, allow_redirects=True, timeout=5, headers={"Accept-Encoding": "identity"}
            )
            head.raise_for_status()
            return int(head.headers["Content-Length"]), False

        pool = ThreadPoolExecutor(max_workers=8)
        futures = {name: pool.submit(one, (name, version)) for name, version in pins.items()}
        for name, future in futures.items():
            try:
                length, local = future.result(timeout=max(0.0, deadline - time.monotonic()))
            except Exception:
                size.unknown.append(name)
                continue
            if local:
                size.local_bytes += length
            else:
                size.remote_bytes += length
        pool.shutdown(wait=False, cancel_futures=True)
    return size


def main(paths: list[str]) -> None:
    pins: dict[str, str] = {}
    for path in paths:
        pins.update(read_pins(path))
    pins = missing(pins)
    try:
        size = measure(pins)
    except Exception:
        size = Size(packages=len(pins), unknown=list(pins))
    print(json.dumps(asdict(size)), flush=True)
    os._exit(0)  # threads that still wait for a slow index must not hold the installation up


if __name__ == "__main__":
    main(sys.argv[1:])
