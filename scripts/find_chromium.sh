#!/bin/sh
# Prints the path of a Chromium or Chrome for the browser tests, or says what to install and fails.
for candidate in ${CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$candidate" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "The browser tests need Chromium, and none was found${CHROMIUM:+ (CHROMIUM=$CHROMIUM is not there)}." >&2
echo "Debian, Ubuntu: sudo apt install chromium fonts-noto-cjk     Fedora: sudo dnf install chromium" >&2
echo "In an unusual place: make test CHROMIUM=/path/to/chromium" >&2
exit 1
