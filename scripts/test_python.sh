#!/bin/bash
# Runs the whole Python suite: first side by side, then, alone, the tests that need the machine for themselves.
# The branch coverage of the five rooms must reach 90 %.
set -euo pipefail

bin=.venv/bin
workers=${WORKERS:-2}
rm -f .coverage .coverage.*

failed=0
"$bin/pytest" -m "not exclusive" -n "$workers" --dist loadgroup --cov --cov-report= "$@" || failed=$?
"$bin/pytest" -m exclusive --cov --cov-append --cov-report= "$@" || {
    status=$?
    [ "$status" -eq 5 ] || failed=$status # 5: there is no such test
}
"$bin/coverage" report --fail-under=90 || failed=$?
exit "$failed"
