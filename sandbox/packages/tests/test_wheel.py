"""A wheel is checked before anything of it is kept."""

import io
import stat
import struct
import zipfile

import pytest

from sandbox.packages import BadWheel, Budget, Limit, read_wheel
from testing.package_index import wheel

SMALL = Limit(bytes=10_000, files=10)


def test_a_good_wheel_gives_its_files_where_an_installer_puts_them() -> None:
    files: dict[str, str | bytes] = {
        "My_Pkg/__init__.py": "x = 1\n",
        "My_Pkg/data.bin": b"\0\xff",
        "My_Pkg/empty.txt": "",
        "My_Pkg/__pycache__/x.pyc": b"code",
        "my_pkg-1.0.data/purelib/more.py": "y = 2\n",
        "my_pkg-1.0.data/scripts/run": "#!python\n",
    }
    name, content = wheel("my-pkg", "1.0", files)
    read = read_wheel(name, content, Budget(Limit()))
    assert (read.name, read.version) == ("my-pkg", "1.0")
    assert {path: read.files[path] for path in read.files if ".dist-info" not in path} == {
        "My_Pkg/__init__.py": b"x = 1\n",
        "My_Pkg/data.bin": b"\0\xff",
        "My_Pkg/empty.txt": b"",
        "more.py": b"y = 2\n",
    }


def _entry(path: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path)
    entry.external_attr = (kind | 0o644) << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (_entry("../escape.py"), "outside of its folder"),
        (_entry("a/../../escape.py"), "outside of its folder"),
        (_entry("/etc/passwd"), "outside of its folder"),
        (_entry("C:/x.py"), "outside of its folder"),
        (_entry("a//b.py"), "outside of its folder"),
        (_entry("./b.py"), "outside of its folder"),
        (_entry("a\\..\\b.py"), "a name that is not taken"),
        (_entry("a\nb.py"), "a name that is not taken"),
        (_entry("x" * 301), "a name that is not taken"),
        (_entry("pkg/link", stat.S_IFLNK), "a link or a device"),
        (_entry("pkg/device", stat.S_IFCHR), "a link or a device"),
        (_entry("pkg/__init__.py"), "twice"),
        (_entry("pkg/__init__.py/inner.py"), "needs a folder"),
        (_entry("pkg/unrecorded.py"), "does not name"),
    ],
)
def test_entries_that_are_not_taken(entry: zipfile.ZipInfo, says: str) -> None:
    with pytest.warns(UserWarning, match="Duplicate") if says == "twice" else _quiet():
        name, content = wheel("pkg", "1.0", {"pkg/__init__.py": ""}, also=((entry, b"x"),))
    with pytest.raises(BadWheel, match=says):
        read_wheel(name, content, Budget(Limit()))


class _quiet:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_a_hash_that_its_record_does_not_have_is_refused() -> None:
    name, content = wheel("pkg", "1.0", {"pkg.py": "x = 1\n"})
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, b"x = 2\n" if entry.filename == "pkg.py" else old.read(entry))
    with pytest.raises(BadWheel, match="not what its RECORD says"):
        read_wheel(name, changed.getvalue(), Budget(Limit()))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ("", "does not name"),
        ("pkg.py\n", "cannot be read"),
        ("pkg.py,,6\npkg-1.0.dist-info/METADATA,,\npkg-1.0.dist-info/WHEEL,,\n", "no usable hash"),
        ("pkg.py,md5=abc,6\npkg-1.0.dist-info/METADATA,,\npkg-1.0.dist-info/WHEEL,,\n", "no usable hash"),
    ],
)
def test_records_that_are_not_taken(record: str, says: str) -> None:
    with pytest.raises(BadWheel, match=says):
        read_wheel(*wheel("pkg", "1.0", {"pkg.py": "x = 1\n"}, record=record), Budget(Limit()))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    name, content = wheel("pkg", "1.0", {"pkg.py": b" " * 50_000_000})
    assert len(content) < 100_000
    with pytest.raises(BadWheel, match="more than 20 MB"):
        read_wheel(name, content, Budget(Limit()))


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    name, content = wheel("pkg", "1.0", {"pkg.py": b" " * 50_000_000})
    size = struct.pack("<I", 50_000_000)
    with pytest.raises(BadWheel, match="damaged"):
        read_wheel(name, content.replace(size, struct.pack("<I", 100)), Budget(Limit()))


def test_all_wheels_of_a_version_share_one_limit() -> None:
    budget = Budget(SMALL)
    read_wheel(*wheel("one", "1.0", {"one.py": "#" * 6_000}), budget)
    with pytest.raises(BadWheel, match="MB together"):
        read_wheel(*wheel("two", "1.0", {"two.py": "#" * 6_000}), budget)
    with pytest.raises(BadWheel, match="10 files together"):
        read_wheel(*wheel("many", "1.0", {f"m{n}.py": "" for n in range(10)}), Budget(SMALL))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("pkg-1.0-py3-none-any.whl", b"no archive", "damaged"),
        ("pkg-1.0-py3-none-any.whl", b"", "damaged"),
        ("pkg.whl", b"", "not that of a wheel"),
        ("pkg-1.0-py3-none-any.whl", wheel("pkg", "1.0")[1][:-30], "damaged"),
        ("other-1.0-py3-none-any.whl", wheel("pkg", "1.0")[1], "of another package"),
        ("pkg-2.0-py3-none-any.whl", wheel("pkg", "1.0")[1], "of another package"),
        ("pkg-1.0-py3-none-any.whl", wheel("pkg", "1.0", {"other-1.dist-info/METADATA": ""})[1], ".dist-info"),
        ("pkg-1.0-py3-none-any.whl", wheel("pkg", "1.0", {"pkg/fast.cpython-314.so": b""})[1], "has native code"),
    ],
)
def test_wheels_that_are_not_what_they_say(name: str, content: bytes, says: str) -> None:
    with pytest.raises(BadWheel, match=says):
        read_wheel(name, content, Budget(Limit()))


def test_native_code_is_taken_where_the_target_can_run_it() -> None:
    name, content = wheel("pkg", "1.0", {"pkg/fast.so": b"\x7fELF"}, tag="cp311-cp311-linux_x86_64")
    assert "pkg/fast.so" in read_wheel(name, content, Budget(Limit()), pure=False).files
