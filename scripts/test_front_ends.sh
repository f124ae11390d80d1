#!/bin/sh
# Runs the unit tests of the front ends named.
set -eu

for folder in "$@"; do
    echo "== $folder"
    (cd "$folder" && npm exec --no -- vitest run)
done
