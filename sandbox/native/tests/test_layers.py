"""Layers that a kernel refuses are named, and nothing runs weaker than asked; ordinary users get them as well."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import IsolationUnavailable, build_image
from sandbox.__main__ import main
from sandbox.image import compiled_image, native_paths
from sandbox.native import groups, layers
from sandbox.native.child import seccomp
from sandbox.native.groups import Group
from sandbox.tests.conftest import ROOT, image_dir

superuser = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can set this up")

#: Runs in a place of its own making: tries an isolation, and runs an agent in it when it can.
TRY = """
import json, sys
from pathlib import Path
from sandbox import IsolationUnavailable, Limits
from concurrent.futures import ThreadPoolExecutor
from sandbox.engine import Ticker, make_engine
from sandbox.native.image import Image
from sandbox.run import Machine, Run
from sandbox.slot import Slot
isolation, packages, native = sys.argv[1:]
try:
    image = Image(isolation, Path(packages), Path(native))
except IsolationUnavailable as error:
    print(json.dumps({"refused": str(error)}))
else:
    sandbox = image.instantiate()
    machine = Machine(Slot(), Ticker(make_engine()), ThreadPoolExecutor(1))
    answer, _ = sandbox.call("about", "{}", Run(machine, Limits(), lambda kind, data: None), 10**12, Limits())
    status = Path(f"/proc/{sandbox._process}/status").read_text()
    print(json.dumps({"layers": image.layers, "answer": answer[:2], "status": status}))
    sandbox.close()
    image.close()
"""

#: Refuses one system call to what it then becomes, as the profile of a container does.
REFUSING = """
import os, sys
from sandbox.native.child import kernel, seccomp
number, *command = sys.argv[1:]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.filter_system_calls(
    seccomp._load(0) + seccomp._if_call(int(number), seccomp._refuse()) + seccomp._give(seccomp._ALLOW)
)
os.execv(command[0], command)
"""

#: Becomes an ordinary user, for whom the interpreter can be reached.
ORDINARY = """
import os, sys
from sandbox.native.child import fence
fence.reach([os.path.realpath(sys.base_prefix), *sys.argv[1].split(":")])
os.setgroups([])
os.setresgid(1000, 1000, 1000)
os.setresuid(1000, 1000, 1000)
os.execv(sys.argv[2], sys.argv[2:])
"""


#: Moves to a namespace of users with everybody in it and no room for another one.
WITHOUT_NAMESPACES = """
import os, sys
from sandbox.native.child import kernel
mapped, moved = os.pipe(), os.pipe()
child = os.fork()
if child:
    os.read(moved[0], 1)
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{name}", "w") as file:
            file.write("0 0 65536")
    os.write(mapped[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
kernel.unshare(kernel.CLONE_NEWUSER)
os.write(moved[1], b"x")
os.read(mapped[0], 1)
with open("/proc/sys/user/max_user_namespaces", "w") as file:
    file.write("0")
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A directory that every user can reach and write."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def packages() -> Path:
    build_image(image_dir(), print)
    return native_paths(compiled_image(image_dir()))[0]


def tried(isolation: str, native: Path, *before: str) -> dict[str, Any]:
    command = [*before, sys.executable, "-c", TRY, isolation, str(packages()), str(native)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refusing(call: str) -> list[str]:
    every = {**seccomp.FORBIDDEN, **seccomp.REFUSED}
    return [sys.executable, "-c", REFUSING, str(every[call])]


def test_this_machine_gives_what_must_be_there() -> None:
    build_image(image_dir(), print)
    found = layers.probe(image_dir())
    for isolation, required in layers.REQUIRED.items():
        assert {name: found[isolation][name] for name in required} == dict.fromkeys(required)


def test_the_layers_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    build_image(image_dir(), print)
    capsys.readouterr()
    assert main(["layers", str(image_dir())]) == 0
    told = capsys.readouterr().out
    assert "REFUSED" not in told
    assert re.search("^  seccomp +yes$", told, re.MULTILINE)
    assert main(["layers", str(image_dir() / "nowhere")]) == 1


@pytest.mark.parametrize(
    ("call", "layer", "hint"),
    [
        ("unshare", "user_namespace", "a seccomp profile that allows unshare"),
        ("mount", "mount_namespace", "a seccomp profile that allows unshare"),
        ("pivot_root", "mount_namespace", "Operation not permitted (pivot_root)"),
        ("capset", "capabilities", "Operation not permitted (capset)"),
    ],
)
def test_a_layer_that_is_refused_is_named_and_nothing_runs(scratch: Path, call: str, layer: str, hint: str) -> None:
    message = tried("namespace", scratch, *refusing(call))["refused"]
    assert message.startswith(f"isolation 'namespace' needs {layer}, which this machine does not give"), message
    assert hint in message


def test_processes_run_where_namespaces_are_refused(scratch: Path) -> None:
    assert "refused" in tried("namespace", scratch, *refusing("unshare"))
    found = tried("process", scratch, *refusing("mount"))
    assert found.get("answer") == "ok" or "separate_user" in found["refused"], found


@superuser
def test_a_kernel_that_allows_no_user_namespace(scratch: Path) -> None:
    """Within a namespace of its own the setting of the kernel is ours to make."""
    message = tried("namespace", scratch, sys.executable, "-c", WITHOUT_NAMESPACES)["refused"]
    assert "needs user_namespace" in message
    assert "user.max_user_namespaces above 0" in message


@superuser
@pytest.mark.parametrize("isolation", ["namespace", "process"])
def test_an_ordinary_user_has_the_same_fence(scratch: Path, isolation: str) -> None:
    reached = ":".join(str(path) for path in (ROOT, Path(sys.prefix).resolve(), packages()))
    before = [sys.executable, "-c", ORDINARY, reached]
    found = tried(isolation, scratch, *before)
    assert found["answer"] == "ok", found
    assert "runs as their own user" in found["layers"].pop("separate_user")
    assert found["layers"].pop("cgroup") is not None
    assert set(found["layers"].values()) == {None}
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in found["status"] or (isolation, line[:6]) == ("process", "CapBnd")
    assert "Uid:\t1000\t1000\t1000\t1000" in found["status"]


def test_without_a_directory_there_are_no_groups(tmp_path: Path) -> None:
    assert "is not set" in groups.missing(None)
    assert "cannot be used" in groups.missing(tmp_path)


def test_numbers_of_system_calls_are_the_kernels() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("the kernel's header is not installed")
    numbers = {name: int(n) for name, n in re.findall(r"#define __NR_(\w+) (\d+)", header.read_text())}
    seen: dict[int, str] = {}
    for table in (seccomp.ALLOWED, seccomp.FILE_CHANGES, seccomp.REFUSED, seccomp.FORBIDDEN):
        for name, number in table.items():
            assert numbers[name] == number, name
            assert number not in seen, (name, seen[number])
            seen[number] = name


def _unified() -> Path | None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.split()[0] == "cgroup2":
            return Path(fields.split()[4])
    return None


@superuser
def test_a_group_ends_with_what_is_in_it() -> None:
    home = _unified()
    if home is None:
        pytest.skip("no cgroup v2 is mounted")
    group = Group(home)
    waiting = subprocess.Popen(["sleep", "60"])
    try:
        group.add(waiting.pid)
        assert str(waiting.pid) in (group.path / "cgroup.procs").read_text()
        group.close()
        assert waiting.wait(timeout=10) == -9
        assert not group.path.exists()
    finally:
        waiting.kill()
        waiting.wait()
        group.close()


def test_an_isolation_that_there_is_not(native_runtime: Any) -> None:
    with pytest.raises(IsolationUnavailable, match="there are: wasm, namespace, process"):
        native_runtime.read_manifest({"agent.py": "def handle(r): return 1"}, isolation="vm")
