"""The house: nothing imports upwards, and the engines stand without Django."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["sandbox", "accounts", "agents", "routing guardrails", "invocations", "neuroflow_site"]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names.split()}
ENGINES = ["sandbox", "guardrails/engine", "routing/engine"]


def modules(folder: str) -> list[Path]:
    return [
        path
        for path in (ROOT / folder).rglob("*.py")
        if not {"tests", "migrations", "guest"} & set(path.relative_to(ROOT).parts) and path.name != "conftest.py"
    ]


def imported(path: Path) -> set[str]:
    """Top-level names of everything a module imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("folder", LEVEL)
def test_nothing_imports_upwards(folder):
    for path in modules(folder):
        above = {name for name in imported(path) if LEVEL.get(name, -1) > LEVEL[folder]}
        assert not above, f"{path.relative_to(ROOT)} imports from above: {', '.join(above)}"


@pytest.mark.parametrize("folder", ENGINES)
def test_an_engine_names_no_django(folder):
    for path in modules(folder):
        assert not {"django", "rest_framework", "celery", "channels"} & imported(path), path


@pytest.mark.parametrize("module", ["sandbox", "guardrails.engine", "routing.engine"])
def test_an_engine_is_imported_without_django(module):
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("folder", ["accounts", "agents", "routing", "guardrails", "invocations"])
def test_rows_change_only_in_actions_and_the_files_that_own_a_write(folder):
    """A mutation has one home: outside of it nothing creates, saves, updates or deletes rows."""
    owners = {
        "keys.py", "audit.py", "settling.py", "admission.py", "history.py", "idempotency.py", "execute.py",
        "running.py", "sweeper.py", "vectors.py", "sql.py", "loading.py",
    }  # fmt: skip
    writes = {"create", "bulk_create", "update_or_create", "get_or_create", "save"}
    for path in modules(folder):
        if "actions" in path.parts or path.name in owners or "admin" in path.name:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes):
                continue
            target = ast.unparse(node.func.value)
            assert (".objects" not in target and "super()" in target) or not target.endswith("objects"), (
                f"{path.relative_to(ROOT)}:{node.lineno} writes rows; move it into an action"
            )


def test_no_file_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in [*LEVEL, "testing", "benchmarks", "scripts"]
        for path in modules(folder)
    }
    assert not {name: count for name, count in long.items() if count > 400}
