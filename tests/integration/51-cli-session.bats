#!/usr/bin/env bats
# The client alone, before a daemon that answers as cleatd does but runs plain programs: starting the
# daemon, streams, exit codes, signals, the terminal, and a daemon that dies in the middle.
load lib
bats_require_minimum_version 1.5.0
# The fake and the cleat beside it, before the real ones.
export PATH="$CLEAT_BIN/../tests/fake:$PATH"

setup_file() {
	W=$(mktemp -d /tmp/cleat-story-session.XXXXXX)
	export W
	mkdir "$W/root" "$W/state"
	printf '[cleat]\nroot = %s/root\nstate = %s/state\n' "$W" "$W" > "$W/cleat.ini"
	export CLEAT_CONFIG=$W/cleat.ini
}
teardown_file() {
	end_daemon
	world_processes | while read -r pid; do kill -9 "$pid" 2> /dev/null; done
	until_true 5 world_is_empty
	rm -rf "$W"
}

# Whatever was started here, daemon, program or client, has the name of this world in its environment.
# bats's own processes are older than the world.
world_processes() {
	grep -lzsFx "CLEAT_CONFIG=$CLEAT_CONFIG" /proc/[0-9]*/environ | cut -d/ -f3 | grep -vx "$BASHPID" || :
}
world_is_empty() {
	local pid
	for pid in $(world_processes); do gone "$pid" || return 1; done
}
setup() { rm -f "$W/root/calls"; }

fake_pid() { sed -n 's/^daemon //p' "$W/root/daemons" 2>/dev/null | tail -1; }
note_daemons() { grep -h '^daemon' "$W/root/calls" >> "$W/root/daemons" 2>/dev/null || :; }
end_daemon() {
	local pid
	note_daemons
	pid=$(fake_pid)
	[ -z "$pid" ] || { kill -9 "$pid" 2>/dev/null; until_true 5 gone "$pid"; }
}
called() { grep -qx -- "$1" "$W/root/calls" || { echo "no call '$1' among: $(cat "$W/root/calls")" >&2; return 1; }; }

@test "eight clients at once start one daemon, and each is answered" {
	for i in 1 2 3 4 5 6 7 8; do cleat ps -q > "$W/ps$i" 2>&1 & done
	wait
	for i in 1 2 3 4 5 6 7 8; do [ "$(cat "$W/ps$i")" = "$(printf 'aaaabbbbcccc\n%.0s' 1 2 3)" ]; done
	[ "$(grep -c '^daemon' "$W/root/calls")" = 1 ]
	note_daemons
	# It is nobody's child here, and it has no terminal.
	pid=$(fake_pid)
	[ "$(awk '{print $4}' "/proc/$pid/stat")" != $$ ]
	[ "$(awk '{print $7}' "/proc/$pid/stat")" = 0 ]
	[ "$(readlink "/proc/$pid/cwd")" = / ]
}

@test "the socket of a dead daemon is no obstacle" {
	end_daemon
	[ -S "$W/state/cleatd.sock" ]
	run cleat ps -q
	status_is 0
	note_daemons
}

@test "a daemon with another configuration is refused, and both are named" {
	cp "$W/cleat.ini" "$W/other.ini"
	run cleat --config "$W/other.ini" ps
	status_is 1
	one_line
	says "$W/cleat.ini"
	says "$W/other.ini"
	# The same file by another name is the same.
	ln -s cleat.ini "$W/same.ini"
	run cleat --config "$W/same.ini" ps -q
	status_is 0
}

@test "output, errors and exit codes are the program's" {
	cleat run img sh -c 'echo out; echo err >&2; exit 7' > "$W/out" 2> "$W/err" && false || code=$?
	[ "$code" = 7 ]
	[ "$(cat "$W/out")" = out ]
	[ "$(cat "$W/err")" = err ]
	run cleat run img sh -c 'kill -KILL $$'
	status_is 137
	run cleat run img true
	status_is 0
	called 'Wait 1'
	run cleat run --rm img true
	called 'Wait 2'
}

@test "the engine's failures are 125, the program's 126 and 127" {
	run cleat run nosuch true
	status_is 125
	[ "$output" = "cleat run: no image is called 'nosuch'" ]
	run -127 cleat run --rm img missing
	status_is 127
	one_line
	says missing
	called Remove
	rm "$W/root/calls"
	run cleat run img forbidden
	status_is 126
	says forbidden
	run grep -c Remove "$W/root/calls"
	[ "$output" = 0 ]
	run cleat run -d --rm img forbidden
	status_is 126
	called Remove
	run cleat run -d img true
	status_is 0
	[ ${#output} = 64 ]
}

@test "megabytes through standard input and output, byte for byte" {
	head -c 8000000 /dev/urandom > "$W/blob"
	cleat run -i img cat < "$W/blob" > "$W/blob.out"
	cmp "$W/blob" "$W/blob.out"
	# shellcheck disable=SC2002
	cat "$W/blob" | cleat run -i img cat | cmp - "$W/blob"
	cleat run -i img sha256sum < "$W/blob" | grep -q "$(sha256sum < "$W/blob" | cut -d' ' -f1)"
	called CloseStdin
	cleat run -i img sh -c 'cat; cat >&2' < /dev/null
	# Without -i the program has an empty input, and ours is not read.
	printf 'a\nb\n' | { cleat run img cat; read -r line; [ "$line" = a ]; }
}

@test "a program that does not read its input ends nevertheless" {
	run bash -c 'yes | cleat run -i img true'
	status_is 0
	# Ours stays open: the client leaves with its program. (No sleeper on the other end: it would hold run's pipe.)
	mkfifo "$W/stays-open"
	run timeout 10 cleat run -i img echo hello <> "$W/stays-open"
	status_is 0
	says hello
}

@test "a reader that has seen enough" {
	run timeout 10 bash -c 'set -o pipefail; cleat run img sh -c "yes | head -100000; echo more >&2" | head -1; echo "${PIPESTATUS[0]}"'
	says y
	says 141
	pkill_fake
	run bash -c 'cleat run img echo hello > /dev/full'
	says 'o space left'
}
# The program of the last run may still write: end it.
pkill_fake() { kill -9 "$(cat "$W/root/pid")" 2>/dev/null || :; }

@test "somebody the program left behind does not hold us" {
	start=$SECONDS
	# its exit code is there, but the fifos stay open
	run timeout 20 cleat run img sh -c 'sleep 5 & echo $! ; exit 4'
	status_is 4
	[ $((SECONDS - start)) -lt 4 ]
	kill "$output"
}

@test "a slow reader gets everything" {
	# The program is long gone when it begins to read; twice as much as all buffers hold.
	run bash -c 'cleat run img head -c 300000 /dev/zero | { sleep 1; wc -c; }'
	[ "$output" = 300000 ]
	run bash -c 'cleat run img head -c 3000000 /dev/zero | { sleep 1; wc -c; }'
	[ "$output" = 3000000 ]
}

@test "signals are passed on" {
	cleat run img bash -c 'trap "echo got; exit 9" USR1; echo ready; while :; do sleep 0.05; done' > "$W/out" &
	client=$!
	until_true 5 grep -q ready "$W/out"
	kill -USR1 $client
	wait $client && false || code=$?
	[ "$code" = 9 ]
	grep -q got "$W/out"
	called 'Kill 10'
	cleat run --sig-proxy=false img bash -c 'echo ready; sleep 3' > "$W/out" &
	client=$!
	until_true 5 grep -q ready "$W/out"
	kill -TERM $client
	wait $client && false || code=$?
	[ "$code" = 143 ]
	run grep -c 'Kill 15' "$W/root/calls"
	[ "$output" = 0 ]
	pkill_fake
}

@test "a program that ignores the user can be left" {
	cleat run img bash -c 'trap "" INT TERM; echo ready; while :; do sleep 0.05; done' > "$W/out" 2> "$W/err" &
	client=$!
	until_true 5 grep -q ready "$W/out"
	# bash starts background jobs with SIGINT ignored: use the other one
	for n in 1 2 3; do kill -TERM $client 2>/dev/null; until_true 5 sh -c "! kill -0 $client 2>/dev/null || [ \$(grep -c 'Kill 15' $W/root/calls) -ge $n ]" || :; done
	wait $client && false || code=$?
	[ "$code" = 143 ]
	pkill_fake
}

@test "a daemon that dies in the middle: output and exit code arrive all the same" {
	rm -f "$W/go"
	cleat run img bash -c 'echo before; until [ -e '"$W"'/go ]; do sleep 0.02; done; echo after; exit 11' > "$W/out" 2> "$W/err" &
	client=$!
	until_true 5 grep -q before "$W/out"
	note_daemons
	old=$(fake_pid)
	end_daemon
	touch "$W/go"
	wait $client && false || code=$?
	cat "$W/err"
	[ "$code" = 11 ]
	[ "$(cat "$W/out")" = $'before\nafter' ]
	note_daemons
	[ "$(fake_pid)" != "$old" ]
	called 'Wait 0'
}

@test "a terminal: raw, its size, resize, restored" {
	# The fake gives the program no terminal: what is tested is ours.
	run python3 "$STORY_DIR/lib/pty.py" 33 101 'expect:ready' 'resize:50x132' 'send:x\n' 'expect:got x' -- \
		cleat run -it img bash -c 'echo ready; read -r line; echo "got $line"; exit 6'
	status_is 6
	called 'Prepare 33x101'
	called 'Resize 50x132'
	run python3 "$STORY_DIR/lib/pty.py" 24 80 'expect:ready' 'kill:TERM' -- \
		cleat run --sig-proxy=false -it img bash -c 'echo ready; sleep 3'
	status_is 143
	pkill_fake
}

@test "ps as docker prints it" {
	run cleat ps -a
	status_is 0
	[[ ${lines[0]} =~ ^CONTAINER\ ID\ +IMAGE\ +COMMAND\ +CREATED\ +STATUS\ +NAMES$ ]]
	[[ ${lines[1]} =~ ^aaaabbbbcccc\ +debian:bookworm\ +\"sh\ -c\ \'echo\ a\ long\ …\"\ +5\ minutes\ ago\ +Up\ 3\ minutes\ +web$ ]]
	says 'Exited (3) 2 hours ago'
	says 'Created'
	cleat ps -a --json | jq -es 'length == 3 and .[0].Names == "web" and .[1].Status == "Exited (3) 2 hours ago" and .[2].State == "created"'
	[ "$(cleat ps -lq --no-trunc)" = "$(printf 'aaaabbbbccccdddd%.0s' 1 2 3 4)" ]
	[ "$(cleat ps -n 2 -q | wc -l)" = 2 ]
	run cleat ps --filter nosuch=x
	status_is 1
	run bash -c 'cleat ps > /dev/full'
	status_is 1
}

@test "several at once: each on a line, failures on stderr, exit 1" {
	run bash -c "cleat stop -t 3 -s USR1 a none b 2> $W/err"
	status_is 1
	[ "$output" = $'a\nb' ]
	[ "$(cat "$W/err")" = "cleat stop: no container is called 'none'" ]
	called 'Stop a 3 1 10'
	run cleat stop a
	called 'Stop a 0 0 0'
	run cleat stop -s NOSUCH a
	status_is 1
}

@test "import: absolute paths, standard input, progress lines" {
	(cd "$W" && : > file.tar && cleat image import file.tar x:1)
	called "Import $W/file.tar"
	head -c 3000000 /dev/urandom > "$W/blob"
	# shellcheck disable=SC2002
	run bash -c "cat $W/blob | cleat image import - y:1"
	status_is 0
	[ "${lines[0]}" = 'reading archive' ]
	[ "${lines[1]}" = 'Imported: y:1' ]
	[ "$(cat "$W/root/imported")" = 3000000 ]
	[ "$(cleat image import -q - y:1 < "$W/blob")" = sha256:0123 ]
	[ "$(cat "$W/root/imported")" = 3000000 ]
	run bash -c 'cleat image import - y:1 < /dev/null'
	[ "$(cat "$W/root/imported")" = 0 ]
	# Interrupted: the fifo goes with the client.
	run bash -c 'exec 9<> <(:); timeout -s INT 1 cleat image import - y:1 <&9'
	status_is 124
	[ "$(find "$W/state" -name 'import-*' | wc -l)" = 0 ]
	run cleat image import "$W/nosuch.tar" x:1
	status_is 1
	one_line
	says nosuch.tar
	run python3 "$STORY_DIR/lib/pty.py" 24 80 -- cleat image import "$W/file.tar" x:1
	status_is 0
	says '%'
}

@test "a daemon of an earlier version: what it does not know, and what to do" {
	for words in 'stats --no-stream' 'events --until 0s' 'top a' 'checkpoint ls a' 'restart-reset a' 'attach a'; do
		# shellcheck disable=SC2086
		run cleat $words
		status_is 1
		one_line
		[[ $output == *"cleatd (pid "*") is of version "*" and does not know '"*"'; end it (kill "*"): containers stay"* ]]
	done
}

@test "an answer that is not known is one sentence" {
	run cleat info
	status_is 1
	one_line
}

@test "a question is asked again when its daemon leaves" {
	cleat ps -q
	rm -f "$W/root/exit"
	cleat wait fake > "$W/out" 2> "$W/err" &
	client=$!
	until_true 5 grep -qs "Wait 0" "$W/root/calls"
	rm -f "$W/root/calls" "$W/root/exit" # before: its successor may be asked while we still look at its end
	end_daemon
	until_true 5 grep -qs "Wait 0" "$W/root/calls"
	echo 17 > "$W/root/exit"
	wait $client
	[ "$(cat "$W/out")" = 17 ]
	note_daemons
}
