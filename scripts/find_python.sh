#!/bin/sh
# Prints a Python that is new enough (3.11) and can make virtual environments; otherwise says what to install and fails.
set -eu

usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

without_venv=""
for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14 python; do
    usable "$candidate" || continue
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
    without_venv=$candidate
done

if [ -n "$without_venv" ]; then
    echo "shudong: $without_venv cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
else
    echo "shudong: Python 3.11 or newer is needed and none was found. Install it, or name it: make PYTHON=/path/to/python3" >&2
fi
exit 1
