"""A process that is not our child, by its pidfd: what it uses, and its end."""

import signal


def processor_clock(process: int) -> int:
    """The clock, for `time.clock_gettime_ns`, of all processor time that a process has used."""
    return (~process << 3) | 2


def process_of(handle: int) -> int:
    """The number that we know the process of a pidfd by; 0 when it has ended."""
    with open(f"/proc/self/fdinfo/{handle}") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name == "Pid":
                return max(0, int(value))
    return 0


def memory_bytes(process: int) -> tuple[int, int, int]:
    """Memory of its own that a process has in use now, the most that it has had, and what it maps of files."""
    found = {"RssAnon": 0, "RssShmem": 0, "RssFile": 0, "VmHWM": 0}
    try:
        with open(f"/proc/{process}/status") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name in found:
                    found[name] = int(value.split()[0]) * 1024
    except OSError:
        pass
    now = found["RssAnon"] + found["RssShmem"]
    return now, max(now, found["VmHWM"] - found["RssFile"]), found["RssFile"]


def signal_process(handle: int, number: int) -> None:
    """Send a signal to the process of a pidfd, if it still is there."""
    try:
        signal.pidfd_send_signal(handle, number)
    except OSError:
        pass
