#!/bin/bash
# docs/spec.md: each "yes" names a test that exists, and `cleat-oci features` (of the build tree $1) says nothing that it does not.
cd "$(dirname "$0")/../.." || exit 1
page=docs/spec.md
status=0

# exists FILE NAME: is there a test of that name?
exists() {
	case $1 in
	guest/*) grep -qF "story \"$2\"" "tests/vm/$1.sh" ;;
	systemd-guest) grep -qF "story \"$2\"" tests/vm/systemd-guest/stories ;;
	unit/*) grep -q "UNIT_TEST($2)" "plugins/runtime-linux/tests/test_${1#unit/}.c" ;;
	*) grep -qF "@test \"$2\" {" "tests/integration/$1.bats" ;;
	esac
}

# `FILE` "NAME" pairs of the last column.
# shellcheck disable=SC2016
pairs() { sed -n 's/^|.*| yes | //p' "$page" | grep -oE '`[a-z0-9/_-]+` "[^"]+"'; }

while IFS= read -r pair; do
	file=${pair#\`}
	file=${file%%\`*}
	name=${pair#*\"}
	name=${name%\"}
	exists "$file" "$name" 2> /dev/null || { echo "$page: there is no test '$name' in '$file'"; status=1; }
done < <(pairs)

[ "$(pairs | wc -l)" -gt 50 ] || { echo "$page: few tests are named"; status=1; }
while IFS= read -r row; do
	[[ $row =~ \|\ yes\ \|\ .*\`\ \" ]] || { echo "$page: a row without a test: $row"; status=1; }
done < <(grep '^|' "$page" | grep -vE '^\|(---| feature \|)')

# Every word of the features document is on the page; architectures and capabilities are the libraries'.
while IFS= read -r word; do
	grep -qF "\`$word\`" "$page" || { echo "$page: '$word' of cleat-oci features is missing"; status=1; }
done < <("${1:-build}/bin/cleat-oci" features | jq -r '.mountOptions[], .hooks[], .linux.namespaces[], .linux.memoryPolicy.modes[], .linux.memoryPolicy.flags[],
	.linux.seccomp.actions[], .linux.seccomp.operators[], .linux.seccomp.knownFlags[],
	(.linux | to_entries[] | select(.value | type == "object" and .enabled == true) | .key | select(. != "seccomp") | {apparmor: "apparmorProfile", selinux: "selinuxLabel"}[.] // .)')
exit $status
