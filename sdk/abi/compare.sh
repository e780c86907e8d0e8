#!/bin/bash
# compare.sh PROGRAM RECORD - does today's layout keep what was recorded?
#
# A line that is gone or differs breaks every plugin that was ever built: that needs a new CLEAT_ABI.
# A line that is new (a member at the end, a new struct) is growth: add it to the record.
[ "$(getconf LONG_BIT)" = 64 ] || { echo "the record is for 64 bits"; exit 0; }
now=$("$1") || exit 1
broken=$(diff <(grep -v '^#' "$2" | grep -v ' sizeof ') <(echo "$now") | grep '^<')
if [ -n "$broken" ]; then
	echo "These members moved or vanished; plugins in the field would break:"
	echo "$broken"
	echo "Put members at the end, or raise CLEAT_ABI (before the first release: record anew)."
	exit 1
fi
if ! diff <(grep -v '^#' "$2") <(echo "$now"); then
	echo "The SDK has grown. If the lines above are what you meant, edit the ABI history in plugin.h and record them:"
	echo "  { head -1 $2; $1; } > /tmp/v1 && mv /tmp/v1 $2"
	exit 1
fi
