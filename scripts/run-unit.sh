#!/bin/sh
# run-unit.sh PROGRAM... - run each unit test, at most 60 s each; print what failed in full, else one line a program.
# An input from outside: UNIT_SECONDS (default 60).
set -u
failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
for program in "$@"; do
    if timeout -k 5 "${UNIT_SECONDS:-60}" "$program" >"$out" 2>&1; then
        printf 'ok    %s (%s)\n' "${program##*/tests/}" "$(grep -c '^\[       OK' "$out")"
    else
        printf 'FAIL  %s\n' "${program##*/tests/}"
        sed 's/^/      /' "$out"
        failed=$((failed + 1))
    fi
done
if [ "$failed" -gt 0 ]; then
    printf '%s unit test programs failed\n' "$failed"
    exit 1
fi
