"""The examples' own tests, run where they belong: in the sandbox."""

from pathlib import Path

import pytest

from sandbox import Runtime, check_source

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(p.parent.name for p in EXAMPLES.glob("*/agent.py"))


def files_of(name: str) -> dict[str, str]:
    folder = EXAMPLES / name
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*.py")}


def test_there_are_examples() -> None:
    assert {"echo", "calculator", "text-insights"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass(runtime: Runtime, name: str) -> None:
    results = runtime.run_tests(files_of(name))
    assert results
    failed = {
        r["name"]: r["failure"]["detail"].get("traceback", r["failure"]["message"]) for r in results if r["failure"]
    }
    assert not failed, "\n".join(f"{test}\n{why}" for test, why in failed.items())


@pytest.mark.parametrize("name", NAMES)
def test_it_describes_itself_and_is_well(runtime: Runtime, name: str) -> None:
    files = files_of(name)
    check_source(files)
    manifest = runtime.read_manifest(files)
    assert manifest["name"]
    assert manifest["description"]
    for skill in manifest["skills"]:
        assert skill["description"]
        assert len(skill["examples"]) >= 3
    assert runtime.health_check(files) is None
