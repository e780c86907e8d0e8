#!/bin/bash
# Each public header compiles alone, pedantically, also as C11; each core header compiles alone.
cd "$(dirname "$0")/../.." || exit 1
status=0
for header in sdk/include/cleat/*.h; do
	for std in c11 gnu17; do
		echo "#include <cleat/$(basename "$header")>" |
			gcc -std=$std -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Isdk/include -xc - || status=1
	done
done
read -ra protobuf < <(pkg-config --cflags libprotobuf-c)
for header in $(git ls-files 'core/*.h'); do
	echo "#include \"${header#core/}\"" |
		gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Icore -Isdk/include \
			-I"$1/generated" "${protobuf[@]}" -xc - || { echo "$header"; status=1; }
done
exit $status
