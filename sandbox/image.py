"""The sandbox image: CPython, its standard library and the guest kit as one compiled WebAssembly component."""

import fcntl
import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import engine
from sandbox.errors import ImageFault, ImageMissing

GUEST = Path(__file__).parent / "guest"
_COMPONENTIZE = "import sys; from componentize_py import script; sys.exit(script())"
_KEPT_IMAGES = 2


def image_key() -> str:
    """Names an image by everything that goes into it: guest files, pins, tools, engine settings and processor."""
    digest = hashlib.sha256()
    for path in sorted(p for p in GUEST.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(path.relative_to(GUEST).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for package in ("wasmtime", "componentize-py"):
        digest.update(f"{package}=={importlib.metadata.version(package)}\0".encode())
    digest.update(f"packages\0{engine.SETTINGS}\0{platform.system()}\0{_processor()}".encode())
    return digest.hexdigest()[:20]


def _processor() -> str:
    """The machine code fits processors that can do the same things."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return platform.machine() + flags


def compiled_image(image_dir: Path) -> Path:
    """Path of the compiled image for this code and this machine. Raises ImageMissing when it was not built."""
    path = Path(image_dir) / image_key() / "sandbox.cwasm"
    if not path.is_file():
        raise ImageMissing(
            f"there is no sandbox image in {image_dir} for this version of the code; "
            f"build it with: python -m sandbox build {image_dir}"
        )
    return path


def native_paths(compiled: Path) -> tuple[Path, Path]:
    """Where native sandboxes find what every agent may import, and where they may put packages of versions."""
    return compiled.parent / "packages", compiled.parent.parent / ".native"


def build_image(image_dir: Path, progress: Callable[[str], None]) -> Path:
    """Build and compile the image unless it is there already; gives the compiled image's path.

    Takes about half a minute. Two processes that ask at once build it once. Raises ImageFault with what the failing
    tool said.
    """
    image_dir = Path(image_dir)
    image_dir.mkdir(parents=True, exist_ok=True)
    target = image_dir / image_key()
    if (target / "sandbox.cwasm").is_file():
        return target / "sandbox.cwasm"
    with _lock(image_dir / ".lock", progress):
        if not (target / "sandbox.cwasm").is_file():
            _build(image_dir, target, progress)
            _tidy(image_dir, target)
    return target / "sandbox.cwasm"


@contextmanager
def _lock(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is building the sandbox image; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(image_dir: Path, target: Path, progress: Callable[[str], None]) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".building-", dir=image_dir) as scratch:
        work = Path(scratch)
        packages = work / "environment" / "lib" / "python3.14" / "site-packages"
        packages.mkdir(parents=True)
        progress("sandbox image 1/3: fetching the packages that agents may import")
        _fetch_packages(packages)
        progress("sandbox image 2/3: taking a snapshot of a started Python interpreter")
        _componentize(work)
        progress("sandbox image 3/3: compiling it to machine code")
        compiled = engine.compile_component(work / "sandbox.wasm")
        finished = work / "finished"
        finished.mkdir()
        (finished / "sandbox.cwasm").write_bytes(compiled)
        shutil.copy(work / "build.log", finished / "build.log")
        # For agents that run natively: the same packages, as files.
        packages.rename(finished / "packages")
        os.replace(finished, target)
    size = (target / "sandbox.cwasm").stat().st_size / 1e6
    progress(f"sandbox image ready: {size:.0f} MB in {time.monotonic() - began:.0f} s")


def _fetch_packages(site: Path) -> None:
    """Install the guest's packages, and remove what only a native interpreter can load."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(site)]
    _run([*command, "-r", str(GUEST / "requirements.txt")], "pip", {})
    for native in [*site.rglob("*.so"), *site.rglob("*.pyd")]:
        native.unlink()
    for extra in site.glob("bin"):
        shutil.rmtree(extra)


def _componentize(work: Path) -> None:
    # componentize-py adds the site-packages of VIRTUAL_ENV, or of the interpreter it runs in when that is not set, so
    # it is pointed at the guest's own.
    environment = work / "environment"
    site = environment / "lib" / "python3.14" / "site-packages"
    command = [sys.executable, "-c", _COMPONENTIZE, "-d", str(GUEST / "sandbox.wit"), "-w", "sandbox", "componentize"]
    for path in (GUEST, site):
        command += ["-p", str(path)]
    command += ["-o", str(work / "sandbox.wasm"), "_neuroflow_app"]
    output = _run(command, "componentize-py", {"VIRTUAL_ENV": str(environment)})
    (work / "build.log").write_text(output)


def _run(command: list[str], tool: str, extra: dict[str, str]) -> str:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **extra}
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        said = done.stdout.partition("Stack backtrace:")[0].strip()
        tail = "\n".join(said.splitlines()[-25:])
        raise ImageFault(f"{tool} could not make the sandbox image:\n{tail}")
    return done.stdout


def _tidy(image_dir: Path, current: Path) -> None:
    """Remove images of older code; a process that still runs one keeps its open copy."""
    images = [p for p in image_dir.iterdir() if p.is_dir() and p != current and not p.name.startswith(".")]
    images.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in images[_KEPT_IMAGES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
