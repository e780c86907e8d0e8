#!/bin/bash
# clang-tidy's analyzer and bug-prone checks, as .clang-tidy chooses them, over what was compiled.
cd "$(dirname "$0")/../.." || exit 1
# The path-sensitive analyzer takes most of the time (7 minutes on 2 cores): in the long run only.
checks=()
[ -n "${CLEAT_LONG:-}" ] || checks=(--checks='-clang-analyzer-*')
git ls-files 'core/*.c' 'plugins/*.c' 'sdk/lib/*.c' | grep -vE '/tests/|sdk/lib/error.c' | # analyzer.h redefines what error.c defines
	
	xargs -P2 -n8 clang-tidy --quiet "${checks[@]}" --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-sign-conversion --extra-arg=-include --extra-arg="$PWD/tests/lint/analyzer.h" -p "$1" 2>&1 | grep -E 'warning:|error:' | sort -u > "$1/tidy.txt"
head -50 "$1/tidy.txt"
test ! -s "$1/tidy.txt"
