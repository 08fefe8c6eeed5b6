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


def resident_bytes(process: int) -> tuple[int, int]:
    """Memory that a process has in use now, what it shares with files left out, and the most that it has had."""
    peak = now = 0
    try:
        with open(f"/proc/{process}/status") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name == "VmHWM":
                    peak = int(value.split()[0]) * 1024
                elif name in ("RssAnon", "RssShmem"):
                    now += int(value.split()[0]) * 1024
    except OSError:
        pass
    return now, peak


def signal_process(handle: int, number: int) -> None:
    """Send a signal to the process of a pidfd, if it still is there."""
    try:
        signal.pidfd_send_signal(handle, number)
    except OSError:
        pass
