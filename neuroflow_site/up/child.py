"""Becomes another program that ends when the process that started it ends, even by SIGKILL (on Linux).

    python child.py PARENT_PID SIGNAL program argument…

The kernel sends SIGNAL when the parent is gone. Asked for by the child itself, after the fork: running Python between
fork and exec of a process with threads may deadlock. Run with -I -S; costs about 10 ms once.
"""

import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, number = int(sys.argv[1]), int(sys.argv[2])
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)  # it ended before the kernel was asked
    os.execvp(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()
