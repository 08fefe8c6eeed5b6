#!/bin/sh
# Prints the path of a Python 3.11 that can make virtual environments, or says what to do and fails.
# PYTHON=/path/to/python3.11 decides when it is set.
set -u

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

found=""
for candidate in ${PYTHON:-} python3.11 python3 python \
    "$HOME"/.pyenv/versions/3.11*/bin/python3.11 \
    "$HOME"/.local/share/uv/python/cpython-3.11*/bin/python3.11 \
    /usr/local/bin/python3.11 /opt/python3.11/bin/python3.11 /opt/homebrew/bin/python3.11; do
    suits "$candidate" || continue
    found="$candidate"
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done

if [ -n "$found" ]; then
    echo "Python 3.11 is here ($found), but without the modules that make virtual environments." >&2
    echo "On Debian and Ubuntu: sudo apt install python3.11-venv" >&2
else
    echo "NeuroFlow needs Python 3.11 and found none$(python3 -V 2>/dev/null | sed 's/^/ (python3 is /; s/$/)/')." >&2
    echo "Debian 12: sudo apt install python3.11 python3.11-venv     Fedora: sudo dnf install python3.11" >&2
    echo "Anywhere:  pyenv install 3.11, or uv python install 3.11" >&2
    echo "One in an unusual place: make run PYTHON=/path/to/python3.11" >&2
fi
exit 1
