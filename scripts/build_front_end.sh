#!/bin/sh
# Installs one front end from its lock file and builds it into its dist/ folder.   usage: build_front_end.sh bot/widget
set -eu

folder=$1
for needed in package.json package-lock.json; do
    if [ ! -f "$folder/$needed" ]; then
        echo "shudong: $folder/$needed is missing: the page cannot be built." >&2
        exit 1
    fi
done
cd "$folder"
# node_modules/.package-lock.json is npm's own mark of a finished install.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi
npm run --silent build
