#!/bin/bash
# Shell scripts parse, and shellcheck finds no errors in them.
cd "$(dirname "$0")/../.." || exit 1
scripts=$(git ls-files | while read -r f; do [ -f "$f" ] && head -c 64 "$f" | head -1 | grep -qE '^#!.*(bash|/sh)' && echo "$f"; done)
# shellcheck disable=SC2086
shellcheck -S warning $scripts || exit 1
# "! COMMAND" in a story is no assertion: it is exempt from set -e. lib.bash has not.
shellcheck --include=SC2314 tests/integration/*.bats tests/integration/security/*.bats || exit 1
# Nor is all but the last of "[ ... ] && [ ... ]": one assertion a line.
awk '/^@test/ { inside = 1 } /^}/ { inside = 0 } inside && /^\t(\[ |is |not |says|later ).* && / {
	print FILENAME ":" FNR ": only the last of a list can fail a test:" $0; bad = 1 } END { exit bad }' \
	tests/integration/*.bats tests/integration/security/*.bats
