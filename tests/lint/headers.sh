#!/bin/bash
# Each public header compiles alone, pedantically, also as C11 and C++; each core header compiles alone.
cd "$(dirname "$0")/../.." || exit 1
status=0
for header in sdk/include/cleat/*.h; do
	for std in c11 gnu17; do
		echo "#include <cleat/$(basename "$header")>" |
			gcc -std=$std -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Isdk/include -xc - || status=1
	done
	for std in c++11 c++20; do
		echo "#include <cleat/$(basename "$header")>" |
			clang++ -std=$std -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Isdk/include -xc++ - || status=1
	done
done
read -ra protobuf < <(pkg-config --cflags libprotobuf-c)
for header in $(git ls-files 'core/*.h'); do
	echo "#include \"${header#core/}\"" |
		gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Icore -Isdk/include \
			-I"$1/generated" "${protobuf[@]}" -xc - || { echo "$header"; status=1; }
done

# What the SDK's library offers has C names in C++, too.
mangled=$(for header in sdk/include/cleat/*.h; do echo "#include <cleat/$(basename "$header")>"; done |
	clang++ -std=c++20 -Isdk/include -xc++ - -fsyntax-only -Xclang -ast-dump=json 2>/dev/null |
	jq -r '.. | objects | select(.kind == "FunctionDecl" and ((.name // "") | test("^(cleat|json)_")) and ((.mangledName // "") | startswith("_Z")) and (.inline != true) and .storageClass != "static") | .name' | sort -u)
[ -z "$mangled" ] || { echo "not extern \"C\": $mangled" >&2; status=1; }
exit $status
