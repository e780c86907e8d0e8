#!/bin/bash
# hardening.sh BUILD: what the flags of a release promise is in each program and plugin: position
# independent, RELRO, nothing bound late, a stack that cannot be executed, stack protector, FORTIFY.
# Nothing for a sanitized or a debug build, which promise less.
build=$1
grep -q '^CLEAT_SANITIZE:BOOL=ON' "$build/CMakeCache.txt" && exit 0
grep -q '^CMAKE_BUILD_TYPE:STRING=Debug' "$build/CMakeCache.txt" && exit 0
status=0
seen=0
complain() { echo "$1: $2"; status=1; }

# Without FORTIFY's functions only where nothing is called that has one.
judge() {
	local header segments dynamic symbols
	header=$(readelf -hW "$1")
	segments=$(readelf -lW "$1")
	dynamic=$(readelf -dW "$1")
	symbols=$(readelf -sW "$1")
	grep -q 'Type:.*DYN' <<< "$header" || complain "$1" "not position independent"
	grep -q GNU_RELRO <<< "$segments" || complain "$1" "no RELRO"
	grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<< "$dynamic" || complain "$1" "symbols are bound late"
	grep -q 'GNU_STACK.* RW ' <<< "$segments" || complain "$1" "the stack can be executed"
	grep -qE 'LOAD.* RWE ' <<< "$segments" && complain "$1" "a segment can be written and executed"
	grep -q __stack_chk_fail <<< "$symbols" || complain "$1" "no stack protector"
	grep -qE '__[a-z]+_chk' <<< "$symbols" || complain "$1" "no FORTIFY"
	grep -qE 'RPATH|RUNPATH' <<< "$dynamic" && complain "$1" "libraries are searched beside it"
	grep -q TEXTREL <<< "$dynamic" && complain "$1" "its text is relocated"
	seen=$((seen + 1))
}

# The check itself can fail: a program built without all this is found wanting.
planted=$(mktemp -d) || exit 1
trap 'rm -rf "$planted"' EXIT
echo 'int main(void) { return 0; }' > "$planted/soft.c"
gcc -no-pie -fno-stack-protector -z norelro -z lazy -z execstack -o "$planted/soft" "$planted/soft.c" 2> /dev/null || exit 1
[ "$(judge "$planted/soft" | wc -l)" -ge 6 ] || { echo "a soft program went unseen"; exit 1; }

for file in "$build"/bin/* "$build"/lib/cleat/plugins/*.so; do
	[ -L "$file" ] || [ ! -f "$file" ] || judge "$file"
done
# What runs before the C library has started cannot call anything of it.
entries=0
while read -r object; do
	entries=$((entries + 1))
	needed=$(nm -u "$object" | awk '$2 != "_start" && $2 != "seal_words" { print $2 }')
	[ -z "$needed" ] || complain "$object" "needs before the start: $needed"
done < <(find "$build/core" -name seal_entry.c.o)
! grep -q '^CLEAT_STATIC:BOOL=ON' "$build/CMakeCache.txt" || [ "$entries" -ge 2 ] || { echo "no entry was there to judge"; status=1; }
[ "$seen" -ge 10 ] || { echo "only $seen files were there to judge"; status=1; }
exit $status
