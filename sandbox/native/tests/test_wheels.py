"""Packages of a version: unpacked once, seen by its sandboxes alone, refused where they are not what they should be."""

import hashlib
import importlib.metadata
import io
import zipfile
from pathlib import Path

import markupsafe
import pytest
from packaging.tags import sys_tags

from sandbox import Source, SourceError, Wheel
from sandbox.native import wheels
from sandbox.native.tests.conftest import Native
from sandbox.native.wheels import unpacked


def packed(files: dict[str, bytes | str], name: str = "thing-1.0-py3-none-any.whl", **entry: int) -> Wheel:
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = entry.get("mode", 0o100644) << 16
            archive.writestr(info, content)
    content = holder.getvalue()
    return Wheel(name, hashlib.sha256(content).hexdigest(), content)


def native_wheel() -> Wheel:
    """A real package with a module in C, as it is installed here, made a wheel again."""
    home = Path(markupsafe.__file__).parent
    files = {f"markupsafe/{p.name}": p.read_bytes() for p in home.iterdir() if p.suffix in (".py", ".so")}
    assert any(name.endswith(".so") for name in files)
    version = importlib.metadata.version("markupsafe")
    # Another name than the one that everyone has, to see which of them is imported.
    renamed: dict[str, bytes | str] = {f"quickmark/{name[11:]}": content for name, content in files.items()}
    renamed["quickmark/__init__.py"] = "from . import _speedups\n"
    return packed(renamed, f"quickmark-{version}-{next(iter(sys_tags()))}.whl")


def test_a_package_with_native_code_is_imported(native: Native) -> None:
    agent = "import quickmark._speedups as s\ndef handle(r): return [s.__file__[-3:], hasattr(s, '_escape_inner')]"
    source = Source({"agent.py": agent}, (native_wheel(), packed({"other/__init__.py": "x = 1"})))
    outcome = native.run(source)
    assert outcome.data == [".so", True], outcome.failure


def test_data_of_a_package_is_there(native: Native) -> None:
    agent = (
        "import importlib.resources as r, other\ndef handle(_): return r.files(other).joinpath('data.txt').read_text()"
    )
    source = Source({"agent.py": agent}, (packed({"other/__init__.py": "", "other/data.txt": "data"}),))
    assert native.run(source).data == "data"


def test_a_version_sees_its_own_packages_only(confined: Native) -> None:
    one = packed({"one/__init__.py": "x = 1"})
    two = packed({"two/__init__.py": "x = 2"})
    assert confined.run(Source({"agent.py": "import one\ndef handle(r): return one.x"}, (one,))).data == 1
    look = "import os\ndef handle(r): return sorted(os.listdir('/site')), sorted(os.listdir('/site/0'))"
    assert confined.run(Source({"agent.py": look}, (two,))).data == [["0"], ["two"]]
    assert "No module named 'one'" in confined.run(Source({"agent.py": "import one"}, (two,))).failure.message


def test_a_package_cannot_be_changed_by_an_agent(native: Native) -> None:
    agent = "import one\ndef handle(r): open(one.__file__, 'w').write('x = 2')"
    source = Source({"agent.py": agent}, (packed({"one/__init__.py": "x = 1"}),))
    assert native.run(source).failure.code == "agent_error"
    agent = "import one\ndef handle(r): return one.x"
    assert native.run(Source({"agent.py": agent}, source.wheels)).data == 1


def test_a_package_that_is_refused_is_said(native: Native) -> None:
    broken = Wheel("thing-1.0-py3-none-any.whl", hashlib.sha256(b"no zip").hexdigest(), b"no zip")
    outcome = native.run(Source({"agent.py": "def handle(r): return 1"}, (broken,)))
    assert outcome.failure.code == "agent_error"
    assert "thing-1.0-py3-none-any.whl: the package cannot be unpacked" in outcome.failure.message


def test_unpacking_is_done_once(tmp_path: Path) -> None:
    wheel = packed({"one.py": "", "one-1.data/purelib/two.py": "", "one-1.data/scripts/three": ""})
    assert unpacked(wheel, tmp_path) == unpacked(wheel, tmp_path) == wheel.sha256
    assert sorted(p.name for p in (tmp_path / wheel.sha256).rglob("*")) == ["one.py", "two.py"]
    assert [p.name for p in tmp_path.iterdir()] == [wheel.sha256]


@pytest.mark.parametrize(
    "path", ["../out.py", "/out.py", "a/../../out.py", "a//b.py", "./a.py", "a\\b.py", "..", "a/./b"]
)
def test_nothing_is_put_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(SourceError, match="outside of its directory"):
        unpacked(packed({path: "x"}), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o120777, 0o060644, 0o020644, 0o010644])
def test_only_plain_files_are_unpacked(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SourceError, match="which is no plain file"):
        unpacked(packed({"link.py": "/etc/passwd"}, mode=mode), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="unpacks to more than"):
        unpacked(packed({f"{n}.py": bytes(80 << 20) for n in range(3)}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="20,000 are allowed"):
        unpacked(packed(dict.fromkeys((f"{n}.py" for n in range(wheels.MOST_FILES + 1)), "")), tmp_path)


def test_a_size_that_the_archive_lies_about_is_noticed(tmp_path: Path) -> None:
    wheel = packed({"a.py": bytes(100 << 20)})
    lied = bytearray(wheel.content)
    at = lied.index(b"PK\x01\x02") + 24
    lied[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(SourceError):
        unpacked(Wheel(wheel.filename, hashlib.sha256(lied).hexdigest(), bytes(lied)), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("thing-1.0-cp27-cp27m-macosx_10_9_intel.whl", "another machine or another Python"),
        ("thing-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", "another machine or another Python"),
        ("thing.zip", "not a wheel's"),
    ],
)
def test_packages_for_other_machines_are_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        unpacked(packed({"a.py": ""}, name), tmp_path)


def test_a_checksum_that_differs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="its checksum differs"):
        unpacked(Wheel("thing-1.0-py3-none-any.whl", "0" * 64, packed({"a.py": ""}).content), tmp_path)
