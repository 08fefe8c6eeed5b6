"""Runs the whole suite as two processes side by side: what needs servers, and what does not (sandbox and engines).

With arguments, runs those with pytest as they are. Where REPORTS names a directory, each part leaves a JUnit file.
The quicker part's output is shown when it has ended, so that lines do not mix. Exits with 1 when a part fails.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

PLAIN = ["sandbox", "guardrails/engine", "routing/engine", "examples", "benchmarks", "scripts"]
SERVERS = ["accounts", "agents", "guardrails/tests", "invocations", "neuroflow_site", "routing/tests", "tests"]


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
        plain = subprocess.Popen(command("plain", PLAIN), stdout=output, stderr=subprocess.STDOUT)
        try:
            failed = subprocess.call(command("servers", SERVERS))
        except KeyboardInterrupt:
            plain.send_signal(signal.SIGINT)
            failed = 1
        failed |= plain.wait()
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
