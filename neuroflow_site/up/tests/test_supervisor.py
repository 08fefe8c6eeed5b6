"""Real processes, kept alive and stopped."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from neuroflow_site.up.output import Output, Terminal
from neuroflow_site.up.supervisor import Program, Supervised, Supervisor

LOOP = "import time\nprint('up', flush=True)\nwhile True: time.sleep(1)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LOOP
WITH_GRANDCHILD = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('grandchild', child.pid, flush=True)\n" + LOOP
)


def python(code: str, name: str = "worker1", **options: object) -> Program:
    return Program(name, [sys.executable, "-c", code], **options)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """Whether the process runs (one that ended and was not yet waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for what must come; fail when it does not."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    await supervisor.stop()


@pytest.fixture
def start(supervisor: Supervisor, tmp_path: Path) -> Callable[[Program], Supervised]:
    def start(program: Program) -> Supervised:
        return supervisor.start((program, Output(program.name, tmp_path, Terminal())))[0]

    return start


def pid_of(supervised: Supervised) -> int:
    assert supervised.process
    return supervised.process.pid


async def test_a_program_that_dies_is_started_again_and_said_so(start, capsys):
    supervised = start(python(LOOP))
    await until(lambda: supervised.output.last)
    first = pid_of(supervised)
    os.kill(first, signal.SIGKILL)
    await until(lambda: pid_of(supervised) != first and list(supervised.output.last).count("up") == 2)
    assert "worker1 ended (SIGKILL): starting it again in 0.5 s" in capsys.readouterr().out


async def test_a_program_that_cannot_live_is_tried_less_and_less_often(start):
    supervised = start(python("raise SystemExit(3)"))
    await until(lambda: supervised.deaths >= 2)
    waits = [line.rsplit("in ", 1)[1] for line in supervised.output.last if "exit 3" in line]
    assert waits[:2] == ["0.5 s", "1 s"]


async def test_stop_ends_the_program_and_its_children(supervisor, start):
    supervised = start(python(WITH_GRANDCHILD))
    await until(lambda: "up" in supervised.output.last)
    grandchild = int(supervised.output.last[0].split()[1])
    assert alive(grandchild)
    await supervisor.stop()
    assert not alive(pid_of(supervised))
    await until(lambda: not alive(grandchild))


async def test_a_program_that_ignores_sigterm_is_killed_when_its_time_is_over(supervisor, start):
    supervised = start(python(STUBBORN, stop_seconds=0.3))
    await until(lambda: "up" in supervised.output.last)
    await supervisor.stop()
    assert supervised.process.returncode == -signal.SIGKILL


async def test_groups_are_stopped_in_the_reverse_of_their_order(supervisor, start, tmp_path):
    farewell = (
        "import signal, sys\n"
        "def stop(*_):\n    open({path!r}, 'a').write({name!r})\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
    )
    path = str(tmp_path / "order")
    group = [start(python(farewell.format(path=path, name=name) + LOOP, name)) for name in ("a", "b", "c")]
    await until(lambda: all("up" in supervised.output.last for supervised in group))
    await supervisor.stop()
    assert Path(path).read_text() == "cba"


async def test_stop_does_not_wait_for_a_program_between_two_lives(supervisor, start):
    supervised = start(python("raise SystemExit(1)"))
    await until(lambda: supervised.deaths >= 1 and supervised.process.returncode == 1)
    async with asyncio.timeout(5):
        await supervisor.stop()


async def test_lines_are_whole_in_the_log_whatever_pieces_they_come_in(start, tmp_path):
    start(python("import sys,time\nsys.stdout.write('a');sys.stdout.flush();time.sleep(.1);print('b')\n" + LOOP))
    log = tmp_path / "worker1.log"
    await until(lambda: log.exists() and log.read_text() == "ab\nup\n")


OWNER = """
import asyncio, sys
from pathlib import Path
from neuroflow_site.up.output import Output, Terminal
from neuroflow_site.up.supervisor import Program, Supervisor

async def main():
    supervisor = Supervisor()
    code = "import time\\nprint('up', flush=True)\\nwhile True: time.sleep(1)"
    programs = [Program(f"worker{signal}", [sys.executable, "-c", code], orphan_signal=signal) for signal in (15, 9)]
    directory = Path(sys.argv[1])
    group = supervisor.start(*((program, Output(program.name, directory, Terminal())) for program in programs))
    while not all("up" in each.output.last for each in group):
        await asyncio.sleep(0.02)
    print("pids", *(each.process.pid for each in group), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
async def test_children_end_when_their_supervisor_is_killed(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout
        line = next(line for line in owner.stdout if line.startswith("pids"))
        pids = [int(pid) for pid in line.split()[1:]]
        assert all(map(alive, pids))
        owner.kill()
    await until(lambda: not any(map(alive, pids)))
