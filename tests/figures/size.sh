#!/bin/bash
# size.sh BUILD: how large the runtime is, stripped as a distribution ships it. Static with its plugin built in,
# and dynamic with the plugin beside it (issue 3). Other kinds of builds promise nothing.
build=$1
grep -q '^CMAKE_BUILD_TYPE:STRING=RelWithDebInfo' "$build/CMakeCache.txt" || { echo "not a release build: nothing to say"; exit 0; }
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
status=0

# figure NAME LIMIT-KIB FILE...
figure() {
	local name=$1 limit=$2 sum=0 size file
	shift 2
	for file in "$@"; do
		strip -o "$copies/stripped" "$build/$file" || exit 1
		size=$(stat -c %s "$copies/stripped")
		sum=$((sum + size))
	done
	echo "$name: $((sum / 1024)) KiB, the bar is $limit"
	[ "$sum" -le $((limit * 1024)) ] || { echo "MISSED: $name"; status=1; }
}

figure "cleat-oci, static" 1536 bin/cleat-oci
figure "cleat-oci-dl and runtime-linux.so" 400 bin/cleat-oci-dl lib/cleat/plugins/runtime-linux.so
exit $status
