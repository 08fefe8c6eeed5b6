"""The system calls of a natively run agent: what is allowed, what is refused, what ends it.

A filter of this kind is a list of what is allowed. What is not on it is answered with ENOSYS, as by a kernel that does
not know the call: libraries then take an older way that is on the list. What programs try in good faith and a sandbox
has not (sockets, processes, changes of owner) is answered with EPERM. What nobody does by accident ends the process.
"""

import os
import struct

#: The machine whose numbers the tables below hold, and its name in the kernel's audit interface.
MACHINE = "x86_64"
_AUDIT_ARCH = 0xC000003E
_X32 = 0x40000000

_EPERM, _ENOSYS = 1, 38
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000

ALLOWED = {
    "read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "pread64": 17, "pwrite64": 18, "readv": 19, "writev": 20, "access": 21, "pipe": 22, "select": 23,
    "sched_yield": 24, "mremap": 25, "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34,
    "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "exit": 60, "uname": 63,
    "fcntl": 72, "flock": 73, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "getdents": 78,
    "getcwd": 79, "chdir": 80, "fchdir": 81, "readlink": 89, "umask": 95, "gettimeofday": 96, "getrlimit": 97,
    "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108,
    "getppid": 110, "getpgrp": 111, "getgroups": 115, "getresuid": 118, "getresgid": 120, "getpgid": 121,
    "getsid": 124, "rt_sigpending": 127, "rt_sigtimedwait": 128, "rt_sigsuspend": 130, "sigaltstack": 131,
    "statfs": 137, "fstatfs": 138, "sched_getparam": 143, "sched_getscheduler": 145, "sched_get_priority_max": 146,
    "sched_get_priority_min": 147, "arch_prctl": 158, "setrlimit": 160, "gettid": 186, "time": 201, "futex": 202,
    "sched_getaffinity": 204, "getdents64": 217, "set_tid_address": 218, "restart_syscall": 219, "fadvise64": 221,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "epoll_wait": 232,
    "epoll_ctl": 233, "newfstatat": 262, "readlinkat": 267, "faccessat": 269, "pselect6": 270,
    "ppoll": 271, "set_robust_list": 273, "epoll_pwait": 281, "fallocate": 285, "eventfd2": 290, "epoll_create1": 291,
    "dup3": 292, "pipe2": 293, "preadv": 295, "pwritev": 296, "getcpu": 309, "getrandom": 318, "membarrier": 324,
    "copy_file_range": 326, "preadv2": 327, "pwritev2": 328, "statx": 332, "rseq": 334, "close_range": 436,
    "faccessat2": 439, "futex_waitv": 449, "sendfile": 40, "getpriority": 140,
}  # fmt: skip

#: Changes of names and modes: allowed where all that could be changed is the sandbox's own scratch directory.
FILE_CHANGES = {
    "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90,
    "fchmod": 91, "mkdirat": 258, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268,
    "utimensat": 280, "renameat2": 316, "truncate": 76,
}  # fmt: skip

REFUSED = {
    "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45,
    "sendmsg": 46, "recvmsg": 47, "shutdown": 48, "bind": 49, "listen": 50, "getsockname": 51, "getpeername": 52,
    "socketpair": 53, "setsockopt": 54, "getsockopt": 55, "fork": 57, "vfork": 58, "execve": 59, "wait4": 61,
    "semget": 64, "semop": 65, "semctl": 66, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "chown": 92,
    "fchown": 93, "lchown": 94, "setuid": 105, "setgid": 106, "setpgid": 109, "setsid": 112, "setreuid": 113,
    "setregid": 114, "setgroups": 116, "setresuid": 117, "setresgid": 119, "capget": 125, "capset": 126,
    "mknod": 133, "personality": 135, "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144,
    "mlock": 149, "mlockall": 151, "sync": 162, "tkill": 200, "sched_setaffinity": 203, "mq_open": 240, "waitid": 247,
    "inotify_init": 253, "mknodat": 259, "fchownat": 260, "syncfs": 306, "accept4": 288, "inotify_init1": 294,
    "sendmmsg": 307, "recvmmsg": 299, "memfd_create": 319, "execveat": 322, "mlock2": 325, "pidfd_open": 434,
    "pidfd_send_signal": 424, "memfd_secret": 447,
}  # fmt: skip

#: What only an attempt to leave the sandbox asks for.
FORBIDDEN = {
    "ptrace": 101, "pivot_root": 155, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166,
    "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172,
    "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179, "adjtimex": 159, "clock_settime": 227,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
    "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
    "kcmp": 312, "finit_module": 313, "seccomp": 317, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_getfd": 438, "mount_setattr": 442,
}  # fmt: skip

_OPEN, _OPENAT = 2, 257
_CLONE, _CLONE3, _MMAP, _IOCTL, _PRCTL, _PRLIMIT, _KILL_CALL, _TGKILL = 56, 435, 9, 16, 157, 302, 62, 234
#: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC: what opening a file can change, be it only its length or that it is there.
_TO_CHANGE = 0x1 | 0x2 | 0x40 | 0x200
_CLONE_THREAD = 0x00010000
_CLONE_NEW_ANY = 0x7E020080
_MAP_SHARED, _MAP_GROWSDOWN, _MAP_ANONYMOUS = 0x01, 0x0100, 0x20
#: FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, and TCGETS, by which `isatty` asks.
_IOCTLS = (0x541B, 0x5421, 0x5450, 0x5451, 0x5401)
#: PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, and PR_SET_VMA, by which memory is named.
_PRCTLS = (3, 15, 16, 0x53564D41)

_LD, _JEQ, _JSET, _JGE, _RET, _ALU_AND = 0x20, 0x15, 0x45, 0x35, 0x06, 0x54


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _op(_LD, offset)


def _argument(number: int, high: bool = False) -> bytes:
    return _load(16 + 8 * number + (4 if high else 0))


def _give(action: int) -> bytes:
    return _op(_RET, action)


def _refuse(errno: int = _EPERM) -> bytes:
    return _give(_ERRNO | errno)


def _if_call(number: int, block: bytes) -> bytes:
    """The block, for that system call; whoever enters it must be answered in it."""
    return _op(_JEQ, number, 0, len(block) // 8) + block


def _one_of(argument: int, values: tuple[int, ...]) -> bytes:
    """Allow the call when its argument is one of the values, and refuse it otherwise."""
    block = _argument(argument)
    for value in values:
        block += _op(_JEQ, value, 0, 1) + _give(_ALLOW)
    return block + _refuse()


def _threads_only() -> bytes:
    """A clone that makes a thread, in the same namespaces; no process."""
    return (
        _argument(0)
        + _op(_JSET, _CLONE_NEW_ANY, 0, 1)
        + _give(_KILL)
        + _op(_JSET, _CLONE_THREAD, 0, 1)
        + _give(_ALLOW)
        + _refuse()
    )


def _private_memory() -> bytes:
    """Memory that is counted: neither shared without a file nor a stack, which the limits on data leave out."""
    return (
        _argument(3)
        + _op(_JSET, _MAP_GROWSDOWN, 0, 1)
        + _refuse()
        + _op(_ALU_AND, _MAP_SHARED | _MAP_ANONYMOUS)
        + _op(_JEQ, _MAP_SHARED | _MAP_ANONYMOUS, 0, 1)
        + _refuse()
        + _give(_ALLOW)
    )


def _reading_only(argument: int) -> bytes:
    """Files may be opened, and not to change anything; a limit on their size would still let them be emptied."""
    return _argument(argument) + _op(_JSET, _TO_CHANGE, 0, 1) + _refuse() + _give(_ALLOW)


def program(pid: int, own_files: bool) -> bytes:
    """The filter for the process of that number; `own_files` when all it can change is its own scratch directory."""
    code = _load(4) + _op(_JEQ, _AUDIT_ARCH, 1, 0) + _give(_KILL)
    code += _load(0) + _op(_JGE, _X32, 0, 1) + _give(_KILL)
    code += _if_call(_MMAP, _private_memory())
    code += _if_call(_IOCTL, _one_of(1, _IOCTLS))
    code += _if_call(_CLONE, _threads_only())
    code += _if_call(_CLONE3, _refuse(_ENOSYS))  # its flags are out of a filter's sight; libraries fall back to clone
    code += _if_call(_PRCTL, _one_of(0, _PRCTLS))
    for number, flags in ((_OPEN, 1), (_OPENAT, 2)):
        code += _if_call(number, _give(_ALLOW) if own_files else _reading_only(flags))
    for number in (_PRLIMIT, _KILL_CALL, _TGKILL):
        code += _if_call(number, _one_of(0, (0, pid) if number == _PRLIMIT else (pid,)))
    for number in (*ALLOWED.values(), *(FILE_CHANGES.values() if own_files else ())):
        code += _if_call(number, _give(_ALLOW))
    for number in (*REFUSED.values(), *(() if own_files else FILE_CHANGES.values())):
        code += _if_call(number, _refuse())
    for number in FORBIDDEN.values():
        code += _if_call(number, _give(_KILL))
    return code + _refuse(_ENOSYS)


def available() -> str | None:
    """None when there is a table for this machine; otherwise why not."""
    machine = os.uname().machine
    if machine == MACHINE:
        return None
    return f"there is a table of system calls for {MACHINE} only, and this machine is {machine}"
