#!/bin/bash
# A planted failure of each kind must turn the harness red: a green run means something.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
try() { # NAME BODY: a unit program that must fail
	printf '#include "support/unit.h"\nstatic void t(void)\n{\n%s\n}\nUNIT_MAIN("planted", UNIT_TEST(t))\n' "$2" > "$work/$1.c"
	gcc -D_GNU_SOURCE -Isdk/include -Itests "$work/$1.c" -o "$work/$1" -lcunit || exit 1
	if "$work/$1" > /dev/null 2>&1; then echo "planted failure '$1' went unseen"; exit 1; fi
}
try assertion 'CU_ASSERT(0);'
try fatal 'CU_ASSERT_FATAL(0);'
printf '#!/usr/bin/env bats\n@test "planted" { false; }\n' > "$work/fails.bats"
printf '#!/usr/bin/env bats\n@test "planted skip" { skip "because"; }\n' > "$work/skips.bats"
printf '#!/usr/bin/env bats\n' > "$work/empty.bats"
for kind in fails skips empty; do
	if tests/integration/run-bats "$work/$kind.bats" > /dev/null 2>&1; then echo "planted '$kind.bats' went unseen"; exit 1; fi
done
mkdir "$work/ctest" && cat > "$work/ctest/CMakeLists.txt" <<'CM'
cmake_minimum_required(VERSION 3.25)
project(planted NONE)
enable_testing()
add_test(NAME planted COMMAND false)
CM
cmake -S "$work/ctest" -B "$work/ctest/build" > /dev/null || exit 1
if ctest --test-dir "$work/ctest/build" > /dev/null 2>&1; then echo "ctest hid a planted failure"; exit 1; fi
grep -q 'set -euo pipefail' tests/run || { echo "tests/run must stop at a failure"; exit 1; }
echo "planted failures were all seen"
