#!/bin/bash
# Shell scripts parse, and shellcheck finds no errors in them.
cd "$(dirname "$0")/../.." || exit 1
scripts=$(git ls-files | while read -r f; do [ -f "$f" ] && head -c 64 "$f" | head -1 | grep -qE '^#!.*(bash|/sh)' && echo "$f"; done)
# shellcheck disable=SC2086
shellcheck -S warning $scripts || exit 1
# "! COMMAND" in a story is no assertion: it is exempt from set -e. lib.bash has not.
shellcheck --include=SC2314 tests/integration/*.bats tests/integration/security/*.bats
