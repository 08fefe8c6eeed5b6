"""Runs the whole suite as two processes of about the same length side by side, each with a database of its own.

With arguments, runs those with pytest as they are. Where REPORTS names a directory, each part leaves a JUnit file.
One part's output is shown when both have ended, so that lines do not mix. Exits with 1 when a part fails.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

FIRST = ["accounts", "guardrails/tests", "invocations", "neuroflow_site", "routing/tests", "tests"]
SECOND = ["sandbox", "agents", "guardrails/engine", "routing/engine", "examples", "benchmarks", "scripts"]


def command(name: str, paths: list[str]) -> list[str]:
    """pytest on these paths; a cache of its own keeps the two from writing over each other's."""
    line = [sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{name}", *paths]
    if reports := os.environ.get("REPORTS"):
        line.append(f"--junitxml={Path(reports) / name}.xml")
    return line


def main() -> int:
    if len(sys.argv) > 1:
        return subprocess.call([sys.executable, "-m", "pytest", *sys.argv[1:]])
    with tempfile.TemporaryFile() as output:
        second = subprocess.Popen(command("second", SECOND), stdout=output, stderr=subprocess.STDOUT)
        try:
            failed = subprocess.call(command("first", FIRST))
        except KeyboardInterrupt:
            second.send_signal(signal.SIGINT)
            failed = 1
        failed |= second.wait()
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
