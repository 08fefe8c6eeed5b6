"""What cannot work is said, with what to do."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroflow_site.up import checks
from neuroflow_site.up.errors import CannotStart
from neuroflow_site.up.lock import Lock
from neuroflow_site.up.paths import SOCKET_PATH_LIMIT, private_directory, socket_path
from neuroflow_site.up.port_owner import port_owner


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_its_owner_and_a_free_one(taken):
    with pytest.raises(CannotStart) as caught:
        checks.listen("127.0.0.1", taken)
    message = str(caught.value)
    assert f"Port {taken} on 127.0.0.1 is taken by process {os.getpid()} (" in message
    suggested = int(message.rsplit("make run PORT=", 1)[1])
    checks.listen("127.0.0.1", suggested).close()


def test_a_port_of_another_process_is_traced_to_it():
    code = (
        "import socket, time\nlistener = socket.create_server(('127.0.0.1', 0))\n"
        "print(listener.getsockname()[1], flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        try:
            assert port_owner(port).startswith(f"process {other.pid} (python")
        finally:
            other.kill()


def test_a_free_port_has_no_owner(taken):
    assert port_owner(checks.free_port_after("127.0.0.1", taken)) == ""


@pytest.mark.parametrize("port", [-1, 70000])
def test_an_impossible_port_is_refused_in_words(port):
    with pytest.raises(CannotStart, match=f"PORT={port} is no port"):
        checks.listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused_in_words():
    with pytest.raises(CannotStart, match="HOST an address of this machine"):
        checks.listen("192.0.2.1", 8000)


def test_a_data_folder_that_is_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStart, match="cannot be written to"):
        checks.check_var(tmp_path / "var")


def test_a_second_start_is_told_where_the_first_is(tmp_path):
    lock = Lock(tmp_path / "up.lock")
    with pytest.raises(CannotStart, match="already being started"):
        Lock(tmp_path / "up.lock")
    lock.tell("http://127.0.0.1:8000")
    with pytest.raises(CannotStart, match=rf"already running .* http://127.0.0.1:8000 \(process {os.getpid()}\)"):
        Lock(tmp_path / "up.lock")
    lock.release()
    Lock(tmp_path / "up.lock").release()


def test_the_lock_ends_with_its_process_however_that_ends(tmp_path):
    code = (
        "import sys,time,pathlib\nfrom neuroflow_site.up.lock import Lock\n"
        "lock=Lock(pathlib.Path(sys.argv[1]))\nprint('held',flush=True)\ntime.sleep(600)"
    )
    path = tmp_path / "up.lock"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CannotStart):
            Lock(path)
        holder.kill()
    Lock(path).release()


def test_a_long_path_has_a_short_socket_and_a_short_path_its_own():
    short, long = Path("/srv/neuroflow/var"), Path("/srv/" + "long/" * 30 + "var")
    assert socket_path(short) == short / "valkey.sock"
    assert len(os.fsencode(socket_path(long))) < SOCKET_PATH_LIMIT
    assert socket_path(long) == socket_path(long) != socket_path(long / "other")


def test_a_directory_that_others_may_enter_is_not_trusted(tmp_path):
    private_directory(tmp_path / "mine")
    private_directory(tmp_path / "mine")
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("open", "link"):
        with pytest.raises(PermissionError):
            private_directory(tmp_path / name)
