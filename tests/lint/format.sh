#!/bin/bash
# Every C file is as clang-format leaves it.
cd "$(dirname "$0")/../.." || exit 1
git ls-files '*.[ch]' | xargs clang-format --dry-run --Werror 2>&1 | grep -E 'error' | head -20
test "${PIPESTATUS[1]}" -eq 0
