#!/bin/bash
# Every source of core, plugins and the SDK compiles with musl's headers (and cmake/musl): musl.sh BUILD
# Only the C library is musl's; other libraries' headers are this machine's, behind musl's in the search.
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build}
command -v musl-gcc > /dev/null || { echo "musl-gcc is not there: install musl-tools"; exit 1; }
multiarch=$(cc -print-multiarch)
# One command a file: "FILE -Dx -Iy ..." of what the build itself uses.
jq -r '.[] | select(.file | test("/(core|plugins|sdk/lib)/")) | select(.file | test("/tests/|/pb/") | not) |
	[.file] + ([.command | gsub("-isystem +"; "-isystem") | splits(" +") | select(test("^-(D|I|isystem|std)"))] | unique) | join(" ")' "$build/compile_commands.json" |
	sort -u -t' ' -k1,1 |
	xargs -d '\n' -P2 -I{} sh -c 'set -- {}; file=$1; shift
		musl-gcc -fsyntax-only -Wall -Wextra -Werror -D_GNU_SOURCE -isystem cmake/musl -idirafter /usr/include -idirafter "/usr/include/'"$multiarch"'" "$@" "$file"'
