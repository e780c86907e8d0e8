#!/bin/bash
# compare-ini.sh PROGRAM BUILD - is etc/cleat.ini what the schemas of today print, and `cleat config defaults`?
cd "$(dirname "$0")" || exit 1
now=$(mktemp) || exit 1
trap 'rm -f "$now"' EXIT
"$1" "$now" || exit 1
if ! diff cleat.ini "$now"; then
	echo "etc/cleat.ini is not what the schemas print: cmake --build $2 --target update-cleat-ini"
	exit 1
fi
[ -x "$2/bin/cleat" ] || exit 0
if ! CLEAT_CONFIG=/dev/null "$2/bin/cleat" config defaults | diff cleat.ini -; then
	echo "'cleat config defaults' prints something else"
	exit 1
fi
