"""What stands around a natively run agent, put up by the process itself before it runs a line of the agent's code."""

import os
import resource
import signal
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sandbox.native.child import kernel, seccomp

#: The user and group that an agent's code runs as: those that own nothing.
NOBODY = 65534
#: Where a sandbox finds things, in a root of its own.
KIT, PACKAGES, SITE, SCRATCH = "/kit", "/packages", "/site", "/tmp"  # noqa: S108
_BASE, _CACHE = "/base", "/cache"
_DEVICES = ("null", "zero", "random", "urandom")
_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache")
_MULTIARCH = f"{os.uname().machine}-linux-gnu"
_MIB = 1 << 20
#: Address space beyond the memory that may be written: libraries, and what allocators reserve and do not use.
_RESERVED = 8192 * _MIB
_OPEN_FILES, _STACK = 128, 32 * _MIB
#: Seconds of processor time after which the kernel ends a process that the host forgot.
_LATE = 2


class Refused(Exception):
    """A layer that the kernel does not give: which, and why."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer = layer
        self.reason = reason


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Whatever the kernel refuses in here, it refuses to that layer."""
    try:
        yield
    except OSError as error:
        raise Refused(name, f"{error.strerror} ({error.filename or 'the kernel'})") from None


# Users


def become_nobody() -> None:
    """Where we are the superuser, be it no longer."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Without this the files in /proc that make a user namespace would still be the superuser's.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)


def own_users(flags: int, shown_as: tuple[int, int], proc: int) -> None:
    """New namespaces, among them one of users in which we are known by that user and group number only.

    `proc` is an open /proc, which may be out of sight by now.
    """
    user, group = os.geteuid(), os.getegid()
    with layer("user_namespace"):
        kernel.unshare(kernel.CLONE_NEWUSER)
        for file, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{shown_as[0]} {user} 1"),
            ("gid_map", f"{shown_as[1]} {group} 1"),
        ):
            descriptor = os.open(f"self/{file}", os.O_WRONLY, dir_fd=proc)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
    own_namespaces(flags)


NAMESPACES = {
    "mount_namespace": kernel.CLONE_NEWNS,
    "pid_namespace": kernel.CLONE_NEWPID,
    "network_namespace": kernel.CLONE_NEWNET,
    "ipc_namespace": kernel.CLONE_NEWIPC,
    "uts_namespace": kernel.CLONE_NEWUTS,
}


def own_namespaces(flags: int) -> None:
    """New namespaces of those kinds; one call does it, and only where that is refused one by one, to name the one."""
    try:
        kernel.unshare(flags)
    except OSError:
        for name, flag in NAMESPACES.items():
            if flags & flag:
                with layer(name):
                    kernel.unshare(flag)


# Files


def build_base(stage: str, shown: dict[str, str], cache: str) -> None:
    """Make a root of our own from read-only views of what every sandbox needs; all else is out of reach afterwards.

    `stage` is an empty directory, `shown` says what is seen where, `cache` holds unpacked packages. Needs a mount
    namespace of our own.
    """
    with layer("mount_namespace"):
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", stage, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
        base = stage + _BASE
        os.mkdir(base)
        os.mkdir(stage + _CACHE)
        kernel.mount("tmpfs", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
        for target, source in shown.items():
            _show(source, base + target)
        for path in shown.values():
            # An interpreter's own directory also holds packages of whoever installed it.
            for name in ("site-packages", "dist-packages"):
                if os.path.isdir(f"{base}{path}/{name}"):
                    kernel.mount("tmpfs", f"{base}{path}/{name}", "tmpfs", kernel.MS_RDONLY, "size=4k,mode=755")
        for path in _SYSTEM:
            _show_system(path, base)
        for name in _DEVICES:
            _show(f"/dev/{name}", f"{base}/dev/{name}", kernel.MS_NOEXEC)
        for path in (SITE, SCRATCH):
            os.makedirs(base + path, exist_ok=True)
        kernel.mount("", base, "", kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID)
        kernel.bind_read_only(cache, stage + _CACHE, kernel.MS_NODEV)
        # The process that starts sandboxes goes on seeing what it showed, at the same places.
        for path in sorted(os.listdir(base)):
            _alias(stage, path)
        kernel.enter_root(stage)


def _alias(stage: str, name: str) -> None:
    os.symlink(f"{_BASE[1:]}/{name}", f"{stage}/{name}")


def _show(source: str, target: str, more: int = 0) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.bind_read_only(source, target, more)


def _show_system(path: str, base: str) -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(base + path), exist_ok=True)
        os.symlink(os.readlink(path), base + path)
    elif os.path.exists(path):
        # Where the system keeps its libraries by kind of machine, the rest of the directory belongs to programs.
        libraries = f"{path}/{_MULTIARCH}"
        path = libraries if os.path.isdir(libraries) else path
        _show(path, base + path, kernel.MS_NODEV)


def enter_base(wheels: Sequence[str], scratch_bytes: int) -> list[str]:
    """A root for one sandbox: the base, its packages, a scratch directory in memory. Gives the paths of packages."""
    with layer("mount_namespace"):
        kernel.mount(_BASE, _BASE, "", kernel.MS_BIND | kernel.MS_REC)
        paths = []
        if wheels:
            kernel.mount("tmpfs", _BASE + SITE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=64k")
            for number, name in enumerate(wheels):
                path = f"{SITE}/{number}"
                os.mkdir(_BASE + path)
                kernel.mount(f"{_CACHE}/{name}", _BASE + path, "", kernel.MS_BIND)
                paths.append(path)
            kernel.mount("", _BASE + SITE, "", kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID)
        nothing_else = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("tmpfs", _BASE + SCRATCH, "tmpfs", nothing_else, f"mode=700,size={scratch_bytes},nr_inodes=1024")
        kernel.enter_root(_BASE)
        return paths


def reach(paths: Sequence[str]) -> None:
    """Let everybody reach those paths, in our own view of the files: what closes the way to them is covered up.

    An interpreter below a home directory that only its owner may enter is the usual case.
    """
    closed = sorted({found for path in paths if (found := _closed(path))})
    if not closed:
        return
    try:
        _cover(closed, paths)
    except OSError as error:
        raise Refused(
            "separate_user",
            f"nobody may not enter {closed[0]}, and a way past it was refused ({error.strerror}); install Python where "
            "everybody can read it, or start the workers as an ordinary user",
        ) from None


def _cover(closed: Sequence[str], paths: Sequence[str]) -> None:
    """Put something everybody may enter in place of each closed directory, with only what is needed in it."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    for directory in closed:
        inside = [path for path in paths if path == directory or path.startswith(directory + "/")]
        handles = [(path, os.open(path, os.O_PATH)) for path in inside]
        kernel.mount("tmpfs", directory, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
        for path, handle in handles:
            os.makedirs(path, exist_ok=True)
            kernel.bind_read_only(f"/proc/self/fd/{handle}", path)
            os.close(handle)


def _closed(path: str) -> str | None:
    """The first directory on the way to a path that others may not enter."""
    way = ""
    for part in path.strip("/").split("/"):
        way += "/" + part
        mode = os.stat(way).st_mode
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            return way
    return None


# What a process may use, and what it may still ask for


def limit(writes: int) -> None:
    """Everything but memory and processor time, which the first call brings: `hold_to`."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, writes),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_STACK, _STACK),
    ):
        _lower(what, most)


def hold_to(memory_bytes: int, cpu_seconds: float, threads: int | None) -> None:
    """The kernel's limits on memory that can be written, processor time and threads. They can only be lowered again.

    Threads are counted for each user namespace; without one, other programs of the same user would be counted too.
    """
    if threads is not None:
        _lower(resource.RLIMIT_NPROC, threads)
    _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_AS, memory_bytes + _RESERVED)
    _lower(resource.RLIMIT_CPU, int(cpu_seconds) + _LATE)


def _lower(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with layer("rlimits"):
        try:
            resource.setrlimit(what, (most, most))
        except ValueError as error:
            raise OSError(1, str(error)) from None


def give_up_privileges() -> None:
    """No capability now, and none to be had from any program that is started."""
    with layer("no_new_privs"):
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    with layer("capabilities"):
        kernel.drop_capabilities()


def filter_calls(own_files: bool) -> None:
    """From now on only the system calls of the list."""
    missing = seccomp.available()
    if missing:
        raise Refused("seccomp", missing)
    with layer("seccomp"):
        kernel.filter_system_calls(seccomp.program(os.getpid(), own_files))


def plain_signals() -> None:
    """As in a process that was just started."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def close_all_but(kept: int) -> None:
    """Open files that the process was forked with; input and output lead nowhere."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, kept)
    os.closerange(kept + 1, 1 << 20)
