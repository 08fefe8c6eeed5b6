"""Agents that try to leave a native sandbox, or to take their host down: none does, and the next run works."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from sandbox import Limits, Outcome
from sandbox.native.tests.conftest import Native

C = "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\n"
#: Ends the call below with the number of its error, or with what it gave.
SAID = "\nreturn [r, os.strerror(ctypes.get_errno())]"


def said(outcome: Outcome) -> str:
    assert outcome.failure is not None, outcome.data
    return outcome.failure.message


# The host's files


@pytest.mark.parametrize(
    "path", ["/etc/shadow", "/etc/passwd", "/proc/self/environ", "/proc/1/maps", "/root", "/sys/kernel", "/dev/mem"]
)
def test_the_files_of_the_host_are_not_there(confined: Native, path: str) -> None:
    outcome = confined.body(f"import os\nreturn [os.path.exists({path!r}), os.path.lexists({path!r})]")
    # The way to an interpreter below somebody's home is there, with nothing else on it.
    assert outcome.data == [False, False] or path == "/root"
    assert "Error" in said(confined.body(f"open({path!r}).read()"))


def test_a_sandbox_sees_only_what_it_was_given(confined: Native) -> None:
    seen = confined.body("import os\nreturn {d: sorted(os.listdir(d)) for d in ('/', '/dev', '/etc', '/tmp', '/site')}")
    assert set(seen.data["/"]) <= {
        "dev",
        "etc",
        "kit",
        "lib",
        "lib32",
        "lib64",
        "packages",
        "root",
        "site",
        "tmp",
        "usr",
    } | {os.path.dirname(os.__file__).split("/")[1]}
    assert (seen.data["/dev"], seen.data["/etc"]) == (["null", "random", "urandom", "zero"], ["ld.so.cache"])
    assert (seen.data["/tmp"], seen.data["/site"]) == ([], [])
    libraries = f"{os.uname().machine}-linux-gnu"
    if os.path.isdir(f"/usr/lib/{libraries}"):
        assert confined.body("import os\nreturn os.listdir('/usr/lib')").data == [libraries]


def test_nothing_outside_of_the_scratch_directory_can_be_written(confined: Native) -> None:
    lines = """
import json, os
tried = {}
places = ['', '/kit', '/packages', '/site', '/dev', '/etc', '/usr/lib', os.path.dirname(json.__file__)]
for path in (place + '/x' for place in places):
    try: open(path, 'w'); tried[path] = 'written'
    except OSError as error: tried[path] = error.strerror
return tried
"""
    assert set(confined.body(lines).data.values()) == {"Read-only file system"}


@pytest.mark.parametrize(
    "change",
    [
        "open(PATH, 'w')",
        "open(PATH, 'a')",
        "open(PATH, 'r+')",
        "open(PATH + '-new', 'x')",
        "os.open(PATH, os.O_RDONLY | os.O_TRUNC)",
        "os.open(os.path.dirname(PATH), os.O_RDWR | os.O_TMPFILE)",
        "os.open('place', os.O_RDONLY | os.O_CREAT, dir_fd=os.open(os.path.dirname(PATH), os.O_RDONLY))",
        "os.truncate(PATH, 0)",
        "os.mkdir(PATH + '-new')",
        "os.unlink(PATH)",
    ],
)
def test_a_process_can_write_no_file_at_all(native_runtime: Any, change: str) -> None:
    process = Native(native_runtime, "process")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # where nobody may go as well
        os.chmod(folder, 0o777)
        path = Path(folder, "everybodys")
        path.write_text("precious")
        path.chmod(0o666)
        assert process.body(f"return open({str(path)!r}).read()").data == "precious"
        assert "not permitted" in said(process.body(f"import os\nPATH = {str(path)!r}\n{change}"))
        assert os.listdir(folder) == ["everybodys"]
        assert path.read_text() == "precious"


def test_what_a_process_may_not_read_stays_closed(native_runtime: Any) -> None:
    assert "denied" in said(Native(native_runtime, "process").body("open('/etc/shadow').read()"))


def test_what_leads_nowhere_can_be_written(native: Native) -> None:
    lines = "import os\nwith open(os.devnull, 'w') as file: print('x', file=file)\nreturn open(os.devnull).read()"
    assert native.body(lines).data == ""


def test_links_lead_nowhere(confined: Native) -> None:
    lines = """
import os
os.symlink('/etc/shadow', '/tmp/a'); os.symlink('../../../etc/passwd', '/tmp/b'); os.symlink('/tmp/c', '/tmp/c')
tried = []
for path in ('/tmp/a', '/tmp/b', '/tmp/c'):
    try: tried.append(open(path).read())
    except OSError as error: tried.append(error.strerror)
try: os.link('/kit/neuroflow/__init__.py', '/tmp/d')
except OSError as error: tried.append(error.strerror)
return tried
"""
    assert confined.body(lines).data == [
        "No such file or directory",
        "No such file or directory",
        "Too many levels of symbolic links",
        "Invalid cross-device link",
    ]


def test_the_scratch_directory_is_small_and_gone_afterwards(confined: Native) -> None:
    lines = "open('/tmp/left', 'w').write('secret')\nf = open('/tmp/big', 'wb')\nwhile True: f.write(b'x' * 1_000_000)"
    assert "File too large" in said(confined.body(lines)) or "No space left" in said(confined.body(lines))
    many = "for i in range(5000): open(f'/tmp/{i}', 'w').close()"
    assert "No space left" in said(confined.body(many))
    assert confined.body("import os\nreturn os.listdir('/tmp')").data == []


def test_what_is_in_the_scratch_directory_cannot_be_executed(confined: Native) -> None:
    lines = "import os\nopen('/tmp/x', 'w').write('#!/x')\nos.chmod('/tmp/x', 0o4777)\nos.execv('/tmp/x', ['x'])"
    assert "not permitted" in said(confined.body(lines))


# The host's processes, users and kernel


def test_the_environment_is_our_own(native: Native) -> None:
    os.environ["NEUROFLOW_TEST_SECRET"] = "hidden"
    found = native.body("import os\nreturn dict(os.environ)").data
    assert set(found) == {
        "HOME", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "TMPDIR"
    }  # fmt: skip


def test_who_a_sandbox_is(confined: Native) -> None:
    lines = (
        "import os\nreturn [os.getpid(), os.getppid(), os.getuid(), os.getgid(), os.getgroups(), os.uname().nodename]"
    )
    assert confined.body(lines).data[:4] == [1, 0, 65534, 65534]
    assert confined.body(lines).data[5] == "sandbox"


def test_open_files_of_the_host_are_not_inherited(native: Native) -> None:
    lines = """
import os
found = {}
for number in range(1024):
    try: found[number] = os.fstat(number).st_mode & 0o170000
    except OSError: pass
return found
"""
    kinds = native.body(lines).data
    assert kinds == {"0": 0o020000, "1": 0o020000, "2": 0o020000, "100": 0o140000}


@pytest.mark.parametrize(
    "lines",
    [
        "import socket; socket.socket()",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import socket; socket.socketpair()",
        "import socket; socket.create_connection(('127.0.0.1', 5432), 1)",
        "import os; os.fork()",
        "import os; os.execv('/bin/sh', ['sh'])",
        "import os; os.posix_spawn('/bin/sh', ['sh'], {})",
        "import subprocess; subprocess.run(['id'])",
        "import os; os.setuid(0)",
        "import os; os.setgroups([0])",
        "import os; os.kill(2, 9)",
        "import os; os.kill(-1, 9)",
        "import os; os.kill(0, 9)",
        "import os; os.setsid()",
        "import os; os.mknod('/tmp/x', 0o020666, 1)",
        "import os; os.memfd_create('x')",
        "import mmap; mmap.mmap(-1, 1 << 20)",
        "import os; os.sched_setaffinity(0, [0])",
        "import os; os.nice(-5)",
        "import os; os.pidfd_open(1)",
        "import resource; resource.prlimit(2, resource.RLIMIT_CPU)",
    ],
)
def test_what_is_refused_says_so_and_the_agent_may_go_on(native: Native, lines: str) -> None:
    message = said(native.body(lines))
    assert "not permitted" in message or "Permission denied" in message or "gaierror" in message, message
    caught = f"try:\n    {lines}\nexcept OSError: return 'refused'"
    assert native.body(caught).data == "refused"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("mount", "c.mount(b'none', b'/tmp', b'tmpfs', 0, None)"),
        ("umount", "c.umount2(b'/tmp', 2)"),
        ("ptrace", "c.ptrace(16, 2, 0, 0)"),
        ("unshare", "c.unshare(0x10000000)"),
        ("clone into new users", "c.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)"),
        ("setns", "c.setns(0, 0)"),
        ("chroot", "c.chroot(b'/tmp')"),
        ("pivot_root", "c.syscall(155, b'/tmp', b'/tmp')"),
        ("bpf", "c.syscall(321, 0, 0, 0)"),
        ("keyctl", "c.syscall(250, 0, -3, 0)"),
        ("process_vm_readv", "c.syscall(310, 2, 0, 0, 0, 0, 0)"),
        ("userfaultfd", "c.syscall(323, 0)"),
        ("perf_event_open", "c.syscall(298, 0, 0, 0, 0, 0)"),
        ("init_module", "c.syscall(175, 0, 0, 0)"),
        ("open_by_handle_at", "c.syscall(304, 0, 0, 0)"),
        ("another filter", "c.syscall(317, 1, 0, 0)"),
        ("the clock", "c.syscall(227, 0, ctypes.create_string_buffer(16))"),
        ("a call of 32 bits", "c.syscall(0x40000000 + 39)"),
        ("reboot", "c.reboot(0)"),
    ],
)
def test_what_nobody_does_by_accident_ends_the_process(native: Native, name: str, call: str) -> None:
    outcome = native.body(f"{C}r = {call}{SAID}")
    assert outcome.failure.code == "agent_error", outcome
    assert outcome.failure.detail["signal"] == "SIGSYS"
    assert "system call that no sandbox allows" in outcome.failure.message
    native.works()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("c.syscall(425, 8, ctypes.create_string_buffer(256))", "Function not implemented"),  # io_uring_setup
        ("c.syscall(435, ctypes.create_string_buffer(88), 88)", "Function not implemented"),  # clone3
        ("c.syscall(437, -100, b'/etc/passwd', ctypes.create_string_buffer(24), 24)", "Function not implemented"),
        ("c.syscall(157, 22, 0, 0, 0, 0)", "Operation not permitted"),  # prctl(PR_SET_SECCOMP)
        ("c.syscall(157, 4, 1, 0, 0, 0)", "Operation not permitted"),  # prctl(PR_SET_DUMPABLE)
        ("c.syscall(56, 17, 0, 0, 0, 0)", "Operation not permitted"),  # clone: a process
        ("c.syscall(9, 0, 1 << 30, 3, 0x121, -1, 0)", "Operation not permitted"),  # mmap: shared, without a file
        ("c.syscall(9, 0, 1 << 30, 3, 0x122, -1, 0)", "Operation not permitted"),  # mmap: one more stack
        ("c.syscall(16, 1, 0x5412, b'x')", "Operation not permitted"),  # ioctl(TIOCSTI)
        ("c.syscall(126, 0, 0)", "Operation not permitted"),  # capset
    ],
)
def test_calls_below_python_are_refused_as_well(native: Native, call: str, error: str) -> None:
    assert native.body(f"{C}r = {call}{SAID}").data == [-1, error]


# Signals, and ends of every kind


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.abort()", "SIG"),
        ("import faulthandler; faulthandler._sigfpe()", "SIGFPE"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import os; os._exit(0)", "exit code 0"),
        ("import sys; sys.exit(3)", "exit (3)"),
        ("import os; os.close(100)\nwhile True: pass", "closed the sandbox's connection"),
    ],
)
def test_an_end_without_an_answer_is_named(native: Native, lines: str, says: str) -> None:
    outcome = native.body(lines)
    assert (outcome.failure.code, says in outcome.failure.message) == ("agent_error", True), outcome.failure
    native.works()


def test_signals_to_itself_are_its_own_affair(native: Native) -> None:
    lines = """
import os, signal
got = []
signal.signal(signal.SIGTERM, lambda n, f: got.append(n))
os.kill(os.getpid(), signal.SIGTERM)
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.signal(signal.SIGALRM, lambda n, f: got.append(n))
while len(got) < 2: pass
return got
"""
    assert native.body(lines).data == [15, 14]


def test_a_sandbox_that_ignores_every_signal_ends_in_time(native: Native) -> None:
    lines = """
import signal
for number in signal.valid_signals():
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass
"""
    assert native.body(lines, limits=Limits(wall_ms=300)).failure.code == "time_limit"
    native.works()


# Using up


def test_processor_time_of_all_threads_counts(native: Native) -> None:
    lines = """
import hashlib, threading
def burn():
    while True: hashlib.sha256(b'x' * 1_000_000).digest()
for _ in range(3): threading.Thread(target=burn, daemon=True).start()
burn()
"""
    outcome = native.body(lines, limits=Limits(fuel=4_500_000_000))
    assert outcome.failure.code == "fuel_limit"
    assert "300 ms allowed" in outcome.failure.message
    assert 300 <= outcome.failure.detail["cpu_ms"] < 3_000
    assert outcome.usage.cpu_ms >= 250


def test_waiting_below_python_ends_in_time(native: Native) -> None:
    outcome = native.body("import ctypes; ctypes.CDLL(None).sleep(60)", limits=Limits(wall_ms=300))
    assert outcome.failure.code == "time_limit"


def test_threads_without_end(confined: Native) -> None:
    lines = """
import threading, time
made = 0
try:
    while True:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        made += 1
except RuntimeError as error: return [made, str(error)]
"""
    made, error = confined.body(lines, limits=Limits(instances=20, memory_bytes=512 << 20)).data
    assert (made < 20, error) == (True, "can't start new thread")


def test_open_files_without_end(native: Native) -> None:
    assert "Too many open files" in said(native.body("kept = []\nwhile True: kept.append(open('/dev/null'))"))
    native.works()


@pytest.mark.parametrize(
    "lines",
    [
        "import mmap\nk = []\nwhile True:\n    k.append(mmap.mmap(-1, 1 << 24, 34))\n    k[-1].write(b'x' * (1 << 24))",
        f"{C}c.malloc.restype = ctypes.c_void_p\nwhile True: ctypes.memset(c.malloc(1 << 22), 1, 1 << 22)",
        "x = 'a'\nwhile True: x += x",
        "x = {}\nwhile True: x[len(x)] = 'y' * 1000",
    ],
)
def test_memory_without_end(native: Native, lines: str) -> None:
    outcome = native.body(lines)
    assert outcome.failure.code in ("memory_limit", "agent_error"), outcome.failure
    assert outcome.usage.memory_bytes <= Limits().memory_bytes + (1 << 24)
    native.works()
