#!/bin/sh
# Says plainly when Node or npm is missing or too old to build the two front ends.
set -eu

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    echo "shudong: Node 20 or newer with npm is needed to build the pages, and was not found on PATH." >&2
    exit 1
fi
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 20 ]; then
    echo "shudong: Node 20 or newer is needed to build the pages; found $(node --version)." >&2
    exit 1
fi
