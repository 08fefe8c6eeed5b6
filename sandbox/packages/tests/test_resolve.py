"""From requirements to wheels, by pip, from a real index on the loopback."""

import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sandbox import SourceError
from sandbox.packages import NATIVE, WASM, resolve
from sandbox.packages.tests.conftest import Resolve
from testing.package_index import Index, wheel


def refusal(resolved: Resolve, *lines: str, **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        resolved(*lines, **options)
    return caught.value


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_named_and_what_that_needs_is_found_with_its_hash(
    index: Index, resolved: Resolve, as_json: bool
) -> None:
    index.as_json = as_json
    files = [
        wheel("top", "1.0", {"top.py": "import below\n"}, requires=("below>=2", "six>=1.10"), tag="py2.py3-none-any"),
        wheel("below", "2.1", {"below.py": ""}),
        wheel("below", "1.0", {"below.py": ""}),
    ]
    for name, content in files:
        index.add(name, content)
    found = resolved("Top==1.0")
    assert [(p.name, p.version, p.filename, p.requested) for p in found] == [
        ("below", "2.1", "below-2.1-py3-none-any.whl", False),
        ("top", "1.0", "top-1.0-py2.py3-none-any.whl", True),
    ]
    assert found[1].content == files[0][1]
    assert found[1].sha256 == hashlib.sha256(files[0][1]).hexdigest()


def test_conditions_are_judged_for_the_sandbox_and_not_for_this_host(index: Index, resolved: Resolve) -> None:
    needs = (
        "old; python_version < '3.14'",
        "new; python_version >= '3.14'",
        "linux; sys_platform == 'linux'",
        "wasi; sys_platform == 'wasi'",
        "extra; extra == 'more'",
    )
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=needs, metadata="Provides-Extra: more\n"))
    for name in ("old", "new", "linux", "wasi", "extra"):
        index.add(*wheel(name, "1.0", {f"{name}.py": ""}))
    assert [p.name for p in resolved("top==1.0")] == ["new", "top", "wasi"]
    assert [p.name for p in resolved("top[more]==1.0")] == ["extra", "new", "top", "wasi"]
    assert {p.name for p in resolved("top==1.0", target=NATIVE)} == {"linux", "old", "top"}


def test_what_the_image_carries_is_not_fetched(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=("httpx>=0.20", "PyYAML", "jinja2<4")))
    index.add(*wheel("httpx", "9.0", {"httpx.py": ""}))
    assert [p.name for p in resolved("top==1.0", "httpx==0.28.1")] == ["top"]
    assert resolved("httpx==0.28.1") == []


def test_another_version_of_what_the_image_carries_is_refused(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("httpx", "0.20.0", {"httpx.py": ""}))
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=("httpx<0.21",)))
    error = refusal(resolved, "# mine", "httpx==0.20")
    assert error.line == 2
    assert error.reason.startswith("the sandbox carries httpx 0.28.1 itself") and "leave the line out" in error.reason
    error = refusal(resolved, "top==1.0")
    assert error.reason == "top 1.0 needs httpx<0.21, but the sandbox carries httpx 0.28.1 itself"
    error = refusal(resolved, "httpx[http2]==0.28.1", "top==1.0")
    assert "without extras" in error.reason


def test_native_code_is_refused_for_webassembly_and_taken_for_this_host(index: Index, resolved: Resolve) -> None:
    here = next(tag for tag in _host_tags() if tag.endswith(("x86_64", "aarch64")))
    index.add(*wheel("fast", "2.0", {"fast.so": b"\x7fELF"}, tag=here))
    index.add(*wheel("fast", "1.0", {"fast.py": ""}))
    error = refusal(resolved, "", "fast==2.0")
    assert error.line == 2
    assert error.reason == (
        "fast 2.0 comes only with native code, which WebAssembly cannot load; an agent with isolation namespace can "
        "run it; there is 1.0"
    )
    assert [p.filename for p in resolved("fast==2.0", target=NATIVE)] == [f"fast-2.0-{here}.whl"]


def _host_tags() -> list[str]:
    from packaging.tags import sys_tags

    return [str(tag) for tag in sys_tags()]


def test_a_version_that_is_not_there_names_the_newest(index: Index, resolved: Resolve) -> None:
    for version in ("1.0", "1.1", "1.10", "2.0rc1"):
        index.add(*wheel("some", version, {"some.py": ""}))
    error = refusal(resolved, "some==9.9")
    assert (error.file, error.line) == ("requirements.txt", 1)
    assert error.reason == "there is no version 9.9 of some; the newest are 1.10, 1.1, 1.0"


def test_a_package_that_is_not_there_and_one_that_another_needs(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=("absent>=2",)))
    assert refusal(resolved, "nowhere==1").reason == "there is no package nowhere in the index"
    error = refusal(resolved, "top==1.0")
    assert error.reason == "top needs absent>=2: there is no package absent in the index"


def test_requirements_that_contradict_each_other_say_which(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=("below>=2",)))
    index.add(*wheel("below", "1.0", {"below.py": ""}))
    index.add(*wheel("below", "2.0", {"below.py": ""}))
    error = refusal(resolved, "top==1.0", "below==1.0")
    assert (error.line, error.reason) == (2, "top 1.0 needs below>=2, but you pinned below 1.0")


def test_what_would_have_to_be_built_is_refused_and_never_run(index: Index, resolved: Resolve, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    setup = f"open({str(proof)!r}, 'w').write('ran')\nfrom setuptools import setup\nsetup(name='evil', version='1.0')\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("evil-1.0/setup.py")
        entry.size = len(setup)
        archive.addfile(entry, io.BytesIO(setup.encode()))
    index.add("evil-1.0.tar.gz", buffer.getvalue())
    error = refusal(resolved, "evil==1.0")
    assert "comes only as source, which would have to be built" in error.reason
    address = f"evil @ {index.url.replace('simple/', 'files/evil-1.0.tar.gz')}"
    index.add(*wheel("top", "1.0", {"top.py": ""}, requires=(address,)))
    for target in (WASM, NATIVE):
        error = refusal(resolved, "top==1.0", target=target)
        assert error.reason == "evil is needed by address instead of by version, which is not taken"
    assert not proof.exists()


def test_a_file_that_is_not_what_the_index_says_is_refused(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("some", "1.0", {"some.py": ""}), sha256="0" * 64)
    error = refusal(resolved, "some==1.0")
    assert "its hash is not the one that the index gives" in error.reason


def test_another_python_is_named(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("some", "1.0", {"some.py": ""}), requires_python=">=3.99")
    assert refusal(resolved, "some==1.0").reason == "some 1.0 needs Python >=3.99; this agent runs on Python 3.14"


def test_a_wheel_with_something_wrong_names_itself(index: Index, resolved: Resolve) -> None:
    index.add(*wheel("some", "1.0", {"some.py": "", "some/fast.so": b""}))
    error = refusal(resolved, "some==1.0")
    assert error.line == 1
    assert error.reason.startswith("some-1.0-py3-none-any.whl is refused: it calls itself pure Python, but has native")


def test_there_is_a_most_of_packages_and_of_bytes(index: Index, resolved: Resolve) -> None:
    for number in range(51):
        index.add(*wheel(f"p{number}", "1.0", {f"p{number}.py": ""}, requires=(f"p{number + 1}",) * (number < 50)))
    assert "51 packages are needed in all" in refusal(resolved, "p0==1.0").reason
    index.add(*wheel("big", "1.0", {"big.bin": os.urandom(30_000_000)}))
    assert "larger than all packages of a version may be" in refusal(resolved, "big==1.0").reason


def test_an_index_that_does_not_answer_is_named_as_the_reason(resolved: Resolve) -> None:
    error = refusal(resolved, "some==1.0", url="http://user:secret@127.0.0.1:9/simple/")
    assert error.reason.startswith("the index cannot be reached: ")
    assert "refused" in error.reason and "secret" not in error.reason


def test_pip_is_ended_when_its_time_is_over(index: Index, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not done within"):
        resolve("some==1.0", WASM, tmp_path / "cache", index.url, seconds=0.01)


def test_the_configured_index_serves_real_packages(tmp_path: Path) -> None:
    try:
        found = resolve("python-slugify==8.0.4", WASM, tmp_path / "cache")
    except SourceError as error:
        if "cannot be reached" in error.reason or "there is no package" in error.reason:
            pytest.skip(f"no index here: {error.reason}")
        raise
    assert [p.name for p in found] == ["python-slugify", "text-unidecode"]


def test_pip_is_given_nothing_of_ours_that_it_does_not_need(
    index: Index, resolved: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[dict[str, str]] = []
    run = subprocess.Popen

    def seen(*arguments: Any, **options: Any) -> Any:
        ran.append(options["env"])
        return run(*arguments, **options)

    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:hidden@db/one")
    monkeypatch.setenv("PIP_CERT", "")
    monkeypatch.setattr(subprocess, "Popen", seen)
    index.add(*wheel("alone", "1.0", {"alone.py": ""}))
    assert [package.name for package in resolved("alone==1.0")] == ["alone"]
    assert "hidden" not in repr(ran) and {"PATH", "PIP_CERT"} <= set(ran[0])
