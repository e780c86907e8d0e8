#!/bin/bash
# tests/requirements.md names a test for each requirement, and each test that it names is there.
cd "$(dirname "$0")/.." || exit 1
status=0
# A row: | NUMBER | FILE below tests/ or plugins/ | words that stand in the file: a title, a function |
rows=$(sed -n 's/^| \([SRL][0-9]\{1,3\}\) | \([^|]*[^| ]\) | \([^|]*[^| ]\) |$/\1\t\2\t\3/p' requirements.md)
while IFS=$'\t' read -r number file words; do
	[ -e "$file" ] || { echo "$number: there is no '$file'"; status=1; continue; }
	grep -qF -- "$words" "$file" || { echo "$number: '$file' has no '$words'"; status=1; }
done <<< "$rows"
for number in S{1..116} R{1..35} L{1..8}; do
	grep -q "^$number	" <<< "$rows" || { echo "$number has no test"; status=1; }
done
# S51: one function decides, whoever asks.
[ "$(grep -rlw use_restart_decide ../core/task)" = ../core/task/restart.c ] || { echo "S51: more than one file of core/task asks the plugin"; status=1; }
exit $status
