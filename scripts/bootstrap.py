"""Makes .venv and installs the pinned requirements into it, when they changed. Standard library only.

    python3.11 scripts/bootstrap.py           what runs
    python3.11 scripts/bootstrap.py --dev     and what tests need

A stamp (a digest of the requirements file and the interpreter's version) makes every later call a matter of
milliseconds. pip's own settings decide where the packages come from.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MEGABYTE = 1_000_000
ROOM = 3_000 * MEGABYTE  # an environment with the CPU build of torch takes 2 GB, and pip unpacks beside it


class CannotContinue(Exception):
    """Its message says what is wrong and what to do."""


def digest(path: Path) -> str:
    """What an installation of this file depends on."""
    return hashlib.sha256(path.read_bytes() + sys.version.encode()).hexdigest()


def stamp(path: Path) -> Path:
    return VENV / f".installed-{path.name}"


def is_installed(path: Path) -> bool:
    return stamp(path).is_file() and stamp(path).read_text() == digest(path)


def ensure_venv() -> None:
    """Make the environment; make it anew when its interpreter is gone or is another version."""
    if PYTHON.exists():
        tried = subprocess.run(
            [PYTHON, "-c", "import sys, pip; print(*sys.version_info[:2])"], capture_output=True, text=True
        )
        if tried.returncode == 0 and tried.stdout.split() == [str(part) for part in sys.version_info[:2]]:
            return
        print(f"{VENV} does not work with this Python any more: making it anew.", flush=True)
    print("Making the virtual environment .venv", flush=True)
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def check_room() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        raise CannotContinue(
            f"The installation needs about {ROOM // MEGABYTE:,} MB of disk and {ROOT} has {free // MEGABYTE:,} MB "
            "left. Free some, or clone to another disk."
        )


def report_size(path: Path) -> list[str]:
    """Say how much will be downloaded. Returns what the CUDA build of torch needs, if that is what pip will take."""
    try:
        answer = subprocess.run(
            [PYTHON, ROOT / "scripts" / "download_size.py", path], capture_output=True, text=True, timeout=30
        )
        size = json.loads(answer.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        print("The size of the download could not be learnt from the package index.", flush=True)
        return []
    print(size_line(path.name, size), flush=True)
    if size["torch_needs"]:
        print(
            "  The torch that pip finds here is the CUDA build, which needs about 2 GB of further packages; they\n"
            "  will be installed too. NeuroFlow is content with the CPU build of 200 MB: to have that instead,\n"
            "  press Ctrl-C, let PIP_EXTRA_INDEX_URL name PyTorch's CPU index (its “Get started” page shows the\n"
            "  address), and run again.",
            flush=True,
        )
    return list(size["torch_needs"])


def size_line(name: str, size: dict) -> str:
    """One sentence from what download_size.py found."""
    if not size["packages"]:
        return f"{name}: every package is there already, nothing to download."
    remote, local = size["remote_bytes"] / MEGABYTE, size["local_bytes"] / MEGABYTE
    if len(size["unknown"]) == size["packages"]:
        return f"{name}: {size['packages']} packages to install; the package index does not tell their size."
    line = f"{name}: {size['packages']} packages to install, "
    line += "at least " if size["unknown"] else ""
    line += f"{remote:,.0f} MB to download" if remote >= 1 or not local else "nothing to download"
    line += f", {local:,.0f} MB from local files" if local else ""
    line += f" (the size of {len(size['unknown'])} is not known)" if size["unknown"] else ""
    return line + "; less what pip has in its cache."


def run_pip(arguments: list[str], log: Path, total: int, what: str) -> None:
    """Run pip with progress; its whole output goes to `log`, whose end is shown when it fails."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    seen = 0
    with Progress(what) as progress, log.open("a", encoding="utf-8") as file:
        file.write("$ " + " ".join(command) + "\n")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout
        for line in process.stdout:
            file.write(line)
            if match := re.match(r"\s*(?:Collecting|Processing|Requirement already satisfied:) (\S+)", line):
                seen += 1
                name = match[1].split("==")[0].rsplit("/", 1)[-1].split("-")[0]
                progress.say(f"{min(seen, total)} of {total}: {name}" if total else name)
            elif match := re.match(r"\s*Downloading (\S+).*\(([^)]*B)\)", line):
                name = match[1].rsplit("/", 1)[-1].split("-")[0]
                progress.say(f"{min(seen, total)} of {total}: downloading {name}, {match[2]}")
            elif line.startswith("Installing collected packages"):
                progress.say("unpacking")
        if process.wait() == 0:
            return
    tail = "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:])
    raise CannotContinue(
        f"pip could not finish:\n\n{tail}\nThe whole of it is in {log.relative_to(ROOT)}. "
        "When the network or the index was away, `make run` again goes on from what pip has in its cache."
    )


def install(path: Path) -> None:
    """Install one requirements file exactly as pinned and stamp it."""
    if is_installed(path):
        return
    check_room()
    log = ROOT / "var" / "log" / "pip.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    cuda = report_size(path)
    pins = len(re.findall(r"^[A-Za-z0-9]", path.read_text(encoding="utf-8"), re.M))
    run_pip(["install", "--no-deps", "-r", str(path)], log, pins, f"Installing {path.name}")
    if cuda:
        needs = [need.replace(" ", "") for need in cuda]
        run_pip(["install", "-c", str(ROOT / "requirements.txt"), *needs], log, 0, "Installing what CUDA needs")
    checked = subprocess.run([PYTHON, "-m", "pip", "check"], capture_output=True, text=True)
    if checked.returncode:
        raise CannotContinue(
            f"The packages in .venv do not fit together:\n{checked.stdout}"
            "Delete the folder .venv and run again; should it stay, requirements.txt is at fault."
        )
    stamp(path).write_text(digest(path))


def main(arguments: list[str]) -> int:
    if sys.version_info[:2] != (3, 11):
        print(f"This needs Python 3.11 and is {sys.version.split()[0]}: use `make run`, which looks for one.")
        return 1
    files = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if "--dev" in arguments else [])
    if PYTHON.exists() and all(map(is_installed, files)):
        return 0
    started = time.monotonic()
    (ROOT / "var").mkdir(exist_ok=True)
    try:
        with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` at once: the second waits and finds it done
            ensure_venv()
            for path in files:
                install(path)
    except CannotContinue as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nThe virtual environment could not be made: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. `make run` goes on from here.", file=sys.stderr)
        return 130
    print(f"The Python packages are in place ({time.monotonic() - started:.0f} s).", flush=True)
    return 0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main(sys.argv[1:]))
