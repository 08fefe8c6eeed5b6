"""The size of the download, asked of a real index (ours, on loopback) by the real pip of a new environment."""

import functools
import json
import os
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts.bootstrap import size_line

SCRIPT = Path(__file__).resolve().parents[1] / "download_size.py"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment's interpreter."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True, symlinks=True)
    return home / "bin" / "python"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index with `alpha` 1.0 and 2.0 (of 3000 bytes) and `beta` 1.0, whose file is missing."""
    packages: dict[str, dict[str, int | None]] = {
        "alpha": {"alpha-1.0": 1000, "alpha-2.0": 3000},
        "beta": {"beta-1.0": None},
    }
    for name, files in packages.items():
        page = tmp_path / "index" / name
        page.mkdir(parents=True)
        links = "".join(f'<a href="{file}-py3-none-any.whl">{file}-py3-none-any.whl</a><br>' for file in files)
        (page / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
        for file, length in files.items():
            if length:
                (page / f"{file}-py3-none-any.whl").write_bytes(b"x" * length)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "index")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(python: Path, requirements: Path, **settings: str) -> dict:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    answer = subprocess.run(
        [python, SCRIPT, requirements],
        env={**inherited, "PIP_CONFIG_FILE": os.devnull, "no_proxy": "127.0.0.1", **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(answer.stdout))


def test_the_size_is_that_of_the_pinned_files_in_the_users_index(python, index, tmp_path):
    (tmp_path / "r.txt").write_text("alpha==2.0  # why\n# a comment\n")
    size = ask(python, tmp_path / "r.txt", PIP_INDEX_URL=index)
    assert size["remote_bytes"] == 3000
    assert size["packages"] == 1
    assert size["unknown"] == []
    assert size_line("r.txt", size) == "r.txt: 1 packages to install, 0 MB to download; less what pip has in its cache."


def test_wheels_in_a_local_folder_are_no_download(python, index, tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "alpha-2.0-py3-none-any.whl").write_bytes(b"x" * 5_000_000)
    (tmp_path / "r.txt").write_text("alpha==2.0\n")
    size = ask(python, tmp_path / "r.txt", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder))
    assert (size["remote_bytes"], size["local_bytes"]) == (0, 5_000_000)
    assert "nothing to download, 5 MB from local files" in size_line("r.txt", size)


def test_what_is_not_known_makes_it_at_least(python, index, tmp_path):
    (tmp_path / "r.txt").write_text("alpha==2.0\nbeta==1.0\n")
    size = ask(python, tmp_path / "r.txt", PIP_INDEX_URL=index)
    assert size["unknown"] == ["beta"]
    assert "at least 0 MB to download (the size of 1 is not known)" in size_line("r.txt", size)


def test_an_index_that_is_away_fails_nothing(python, tmp_path):
    (tmp_path / "r.txt").write_text("alpha==2.0\n")
    size = ask(python, tmp_path / "r.txt", PIP_INDEX_URL="http://127.0.0.1:9/")
    assert size["unknown"] == ["alpha"]
    assert size_line("r.txt", size) == "r.txt: 1 packages to install; the package index does not tell their size."


def test_what_is_installed_is_not_counted(python, tmp_path):
    version = subprocess.run(
        [python, "-c", "import pip; print(pip.__version__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "r.txt").write_text(f"pip=={version}\n")
    size = ask(python, tmp_path / "r.txt", PIP_NO_INDEX="1")
    assert size["packages"] == 0
    assert "nothing to download" in size_line("r.txt", size)


def test_another_python_is_told_to_use_make_run():
    """The interpreter is asked for its version before anything is made."""
    code = (
        "import sys, runpy\nsys.version_info = (3, 12, 1)\nsys.argv = ['bootstrap.py']\n"
        f"runpy.run_path({str(SCRIPT.with_name('bootstrap.py'))!r}, run_name='__main__')"
    )
    tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert tried.returncode == 1
    assert "needs Python 3.11" in tried.stdout
