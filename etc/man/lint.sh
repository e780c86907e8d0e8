#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh BUILD - are the manual pages there, well-formed, and of today's tables?
set -u
status=0
complain() { echo "$*" >&2; status=1; }

for page in man1/cleat.1 man5/cleat.ini.5 man8/cleat-oci.8 man8/cleatd.8; do
	file=$1/share/man/$page
	[ -s "$file" ] || { complain "$page was not made"; continue; }
	# Long lines and a page without a date (which would change with every build) are no faults.
	said=$(mandoc -T lint -W warning "$file" | grep -v 'missing date')
	[ -z "$said" ] || complain "$said"
done

# Each command of the help is in the page, and no flag of it is missing.
page=$(mandoc -T utf8 "$1/share/man/man1/cleat.1" | col -b)
commands=$("$1/bin/cleat" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -w <<< "$commands")" -ge 20 ] || complain "the help lists no commands"
for command in $commands; do
	grep -q "^   cleat $command" <<< "$page" || complain "cleat(1) lacks the command $command"
	for flag in $("$1/bin/cleat" "$command" --help | sed -n '/^Flags:/,/^$/s/^  [-a-z, ]*\(--[a-z-]*\).*/\1/p'); do
		grep -qE -- "^ +(-[a-zA-Z], )?$flag( |$)" <<< "$page" || complain "cleat(1) lacks $flag of $command"
	done
done
page=$(mandoc -T utf8 "$1/share/man/man8/cleat-oci.8" | col -b)
for command in create start run exec kill delete state list ps pause resume update events spec features checkpoint restore; do
	grep -q "^   cleat-oci $command" <<< "$page" || complain "cleat-oci(8) lacks the command $command"
done
exit $status
