#!/bin/bash
# clang-tidy's analyzer and bug-prone checks, as .clang-tidy chooses them, over what was compiled.
cd "$(dirname "$0")/../.." || exit 1
git ls-files 'core/*.c' 'plugins/*.c' 'sdk/lib/*.c' | grep -v '/tests/' |
	xargs -P2 -n8 clang-tidy --quiet -p "$1" 2>&1 | grep -E 'warning:|error:' | sort -u > "$1/tidy.txt"
head -50 "$1/tidy.txt"
test ! -s "$1/tidy.txt"
