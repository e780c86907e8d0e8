#!/bin/bash
# Each test that the table of published weaknesses names exists.
cd "$(dirname "$0")/../.." || exit 1
table=tests/integration/security/README.md
status=0
rows=0

# exists FILE NAME: a test of that file begins with NAME.
exists() {
	local file
	for file in "tests/integration/security/$1" "tests/integration/$1" "tests/vm/guest/${1#vm/}"; do
		[ -f "$file" ] || continue
		grep -qF -e "@test \"$2" -e "story \"$2" "$file" && return 0
	done
	return 1
}

while IFS='|' read -r _ row _ _ tests _; do
	[[ $row = *[A-Za-z–]* && $row != *row* ]] || continue
	rows=$((rows + 1))
	found=0
	while IFS= read -r test; do
		[ -n "$test" ] || continue
		found=1
		exists "${test%%: *}" "${test#*: }" || { echo "$table:$row: there is no test '$test'"; status=1; }
	done < <(grep -o '`[^`]*`' <<< "$tests" | tr -d '`')
	[ $found = 1 ] || { echo "$table:$row: names no test"; status=1; }
done < <(grep '^|' "$table")
[ $rows -ge 50 ] || { echo "$table: only $rows rows could be read"; status=1; }
exit $status
