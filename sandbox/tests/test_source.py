"""What is checked on the host: files, limits, and the JSON that comes out of a sandbox."""

from typing import Any

import pytest

from sandbox import Limits, SourceError, check_source, checksum, guestjson

GOOD = {"agent.py": "x = 1\n"}


def test_the_checksum_depends_on_paths_and_contents_not_on_order() -> None:
    one = {"agent.py": "a", "b.py": "c"}
    assert checksum(one) == checksum(dict(reversed(one.items())))
    assert len({checksum(f) for f in (one, {"agent.py": "ab", "b.py": "c"}, {"agent.py": "a", "c.py": "c"})}) == 3
    assert checksum({"ab": "c"}) != checksum({"a": "bc"})
    assert len(checksum(one)) == 64


@pytest.mark.parametrize(
    ("files", "file", "reason"),
    [
        ({}, None, "no files"),
        ({"main.py": ""}, None, "no agent.py"),
        ({**GOOD, "../x.py": ""}, "../x.py", "relative"),
        ({**GOOD, "/etc/x.py": ""}, "/etc/x.py", "relative"),
        ({**GOOD, "a//b.py": ""}, "a//b.py", "relative"),
        ({**GOOD, "./b.py": ""}, "./b.py", "relative"),
        ({**GOOD, "a\\b.py": ""}, "a\\b.py", "forward slashes"),
        ({**GOOD, "C:x.py": ""}, "C:x.py", "drive"),
        ({**GOOD, "a\0b.py": ""}, None, "cannot be shown"),
        ({**GOOD, "a\nb.py": ""}, None, "cannot be shown"),
        ({**GOOD, "": ""}, None, "no name"),
        ({**GOOD, "x" * 300: ""}, "x" * 80, "300 characters"),
        ({"agent.py": b"x"}, "agent.py", "not text"),
        ({"agent.py": "a\nb\0"}, "agent.py", "NUL"),
        ({"agent.py": "\ud800"}, "agent.py", "UTF-8"),
        ({**GOOD, "big.txt": "x" * 1_000_001}, None, "1,000,000"),
        ({f"f{n}.py": "" for n in range(501)}, None, "501 files"),
    ],
)
def test_files_that_cannot_be_a_version(files: dict[str, Any], file: str | None, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        check_source(files)
    if file is not None:
        assert caught.value.file == file


def test_a_fault_in_a_file_names_its_line() -> None:
    with pytest.raises(SourceError) as caught:
        check_source({"agent.py": "a\nb\n\0"})
    assert caught.value.line == 3
    assert str(caught.value).startswith("agent.py, line 3: ")


def test_files_that_can() -> None:
    check_source({**GOOD, "lib/wörter.py": "x", "data/words.txt": "…", "tests/test_agent.py": ""})


def test_limits_are_read_and_written_by_name() -> None:
    limits = Limits.from_dict({"wall_ms": 1000})
    assert limits.wall_ms == 1000
    assert limits.fuel == Limits().fuel
    assert Limits.from_dict(limits.to_dict()) == limits


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"wall": 1}, "unknown limit 'wall'"),
        ({"wall_ms": "1"}, "wall_ms"),
        ({"wall_ms": True}, "wall_ms"),
        ({"wall_ms": 1.5}, "wall_ms"),
        ({"fuel": 0}, "more than 0"),
        ({"log_lines": -1}, "log_lines"),
        ({"wall_ms": 10**9}, "at most"),
        ({"memory_bytes": 1000}, "at least"),
    ],
)
def test_limits_that_make_no_sense(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Limits.from_dict(values)


def test_no_limit_is_above_the_ceiling() -> None:
    assert Limits.from_dict(Limits.CEILING.to_dict()) == Limits.CEILING


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "[-1e999]", "[" * 100_000, "[" * 300 + "]" * 300, "9" * 5000, '"\n"']
)
def test_json_that_is_refused(text: str) -> None:
    with pytest.raises(guestjson.BadJson):
        guestjson.loads(text)


def test_json_that_passes_is_storable() -> None:
    assert guestjson.loads('{"a\\u0000": ["\\uD83D\\uDE00", "\\uDC00", "é"]}') == {"a\ufffd": ["😀", "\ufffd", "é"]}
    assert guestjson.loads("[" * 150 + "]" * 150)
