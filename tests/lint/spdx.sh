#!/bin/bash
# Every source says its licence in its first line; no goto; no file named after everything or nothing.
cd "$(dirname "$0")/../.." || exit 1
status=0
for file in $(git ls-files '*.[ch]'); do
	head -1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$file: no SPDX line"; status=1; }
	case $(basename "$file") in
	utils.* | util.* | common.* | misc.* | helpers.* | linux.c | container.c) echo "$file: a file is named after its idea"; status=1 ;;
	esac
done
git grep -nE '^[[:space:]]+goto [a-z_]+;' -- 'core/*.c' 'plugins/*.c' 'sdk/*.c' && { echo "goto is not needed: see cleanup.h"; status=1; }
exit $status
