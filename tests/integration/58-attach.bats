#!/usr/bin/env bats
# Clients come to a program that runs, and leave it running.
load lib

setup_file() {
	world_make attach
	busybox_image bb:1
}
teardown_file() { world_end; }

on_tty() { timeout 60 python3 "$STORY_DIR/lib/pty.py" "$@"; }
running() { [ "$(cleat inspect "$1" | jq -r '.[0].State.Status')" = running ]; }
attached() { [ "$(cleat events --since 1h --until 0s -f container="$1" -f event=attach | wc -l)" -ge "$2" ]; }

@test "leave a shell with the keys, come back, and find it as it was" {
	run on_tty 24 80 'expect:#' 'send:x=kept; cd /tmp\n' 'expect:#' 'send:\x10' 'send:\x11' \
		'expect:read escape sequence' -- cleat run --name shell -it bb:1 sh
	status_is 0
	running shell
	run on_tty 40 100 'send:\n' 'expect:/tmp #' 'send:echo $x-$PWD; until stty size | grep "^40 1[0]0"; do sleep 0.1; done\n' 'expect:kept-/tmp' 'expect:40 100' 'send:exit 6\n' -- cleat attach shell
	status_is 6
	until_true 10 sh -c '[ "$(cleat inspect shell | jq -r ".[0].State.Status")" = exited ]'
	# what was seen is kept, as docker does with a terminal
	cleat logs shell | grep -q kept-/tmp
	cleat rm shell
}

@test "--rm after the keys: removed when it ends by itself" {
	run on_tty 24 80 'expect:#' 'send:\x10\x11' 'expect:read escape sequence' -- cleat run --rm --name later -it bb:1 sh
	status_is 0
	running later
	cleat kill later
	until_true 10 sh -c '! cleat inspect later > /dev/null 2>&1'
}

@test "other keys, keys that break off, and none" {
	run on_tty 24 80 'expect:#' 'send:echo a\x10b\n' 'expect:#' 'send:qq' 'expect:read escape sequence' -- \
		cleat run --name keys -it --detach-keys q,q bb:1 sh
	status_is 0
	run on_tty 24 80 'send:\n' 'expect:#' 'send:q' 'send: () { echo one-q; }; q\n' 'expect:one-q' 'send:\x10\x11' 'send:\n' 'expect:#' 'send:exit 9\n' -- \
		cleat attach --detach-keys ctrl-x,ctrl-y keys
	status_is 9
	cleat rm keys
	run cleat attach --detach-keys ctrl-1 keys
	status_is 1
	says "invalid detach keys"
}

@test "several clients see the same, and one may type" {
	cleat run -d -i --name many bb:1 sh -c 'while read -r line; do echo "out $line"; echo "err $line" >&2; done; exit 4'
	cleat attach --no-stdin many > "$W/a" 2> "$W/a.err" 3>&- & a=$!
	cleat attach --no-stdin many > "$W/b" 2> "$W/b.err" 3>&- & b=$!
	mkfifo "$W/typed"
	cleat attach many < "$W/typed" > "$W/c" 2> "$W/c.err" 3>&- & c=$!
	exec 5> "$W/typed"
	until_true 10 attached many 3
	heard() { echo again >&5; grep -q 'out again' "$W/a" && grep -q 'out again' "$W/b" && grep -q 'err again' "$W/c.err"; }
	until_true 10 heard
	kill -9 $b
	echo last >&5
	until_true 10 grep -q 'out last' "$W/a"
	grep -q 'out last' "$W/b" && false
	exec 5>&-
	# the end of what one types is not the end of the program's input
	running many
	cleat kill many
	wait $a && false
	[ "$(cleat inspect many | jq '.[0].State.ExitCode')" = 137 ]
	wait $c || :
	[ "$(cleat logs many 2> "$W/log.err")" = "$(cat "$W/a")" ]
	cmp "$W/log.err" "$W/a.err"
	cleat rm many
}

@test "run --log-driver in the foreground: the client sees every byte, and so does the log" {
	head -c 3000000 /dev/urandom | base64 > "$W/blob"
	cleat run --name both --log-driver json-file -v "$W:/in:ro" bb:1 sh -c 'cat /in/blob; echo oops >&2; exit 3' > "$W/seen" 2> "$W/seen.err" || [ $? = 3 ]
	cmp "$W/blob" "$W/seen"
	[ "$(cat "$W/seen.err")" = oops ]
	cleat logs both 2> "$W/log.err" | cmp - "$W/blob"
	[ "$(cat "$W/log.err")" = oops ]
	cleat rm both
}

@test "run -i --log-driver: input goes in, its end is seen, a slow reader gets everything" {
	seq 1 200000 > "$W/in"
	cleat run --rm -i --log-driver cri bb:1 sh -c 'cat; echo end' < "$W/in" | (read -r first; echo "$first"; until_true 1 false 2>/dev/null || cat) > "$W/out"
	{ cat "$W/in"; echo end; } | cmp - "$W/out"
}

@test "a client that stops reading holds the program, and its death lets go" {
	cleat run -d --name flood bb:1 sh -c 'i=0; while :; do i=$((i+1)); echo "$i this is a line of some length, so that pipes fill up soon"; done'
	mkfifo "$W/stuck"
	exec 6<> "$W/stuck"
	cleat attach --no-stdin flood > "$W/stuck" 3>&- 6>&- & pid=$!
	until_true 10 attached flood 1
	size() { cleat logs flood | wc -c; }
	still() { local before; before=$(size); read -rt 0.3 <> <(:) || :; [ "$(size)" = "$before" ]; }
	until_true 30 still
	kill -9 $pid
	was=$(size)
	grows() { [ "$(size)" != "$was" ]; }
	until_true 10 grows
	exec 6>&-
	cleat rm -f flood
}

@test "twenty clients come and go, and the shim keeps nothing of them" {
	cleat run -d -i --name quiet bb:1 cat
	shim=$(ps -o ppid= -p "$(cleat inspect quiet | jq '.[0].State.Pid')" | tr -d ' ')
	fds() { find "/proc/$shim/fd" | wc -l; }
	before=$(fds)
	for _ in $(seq 1 20); do
		cleat attach quiet < /dev/null > /dev/null 2>&1 3>&- & pids="$pids $!"
	done
	until_true 20 attached quiet 20
	# shellcheck disable=SC2086
	kill -9 $pids
	same() { [ "$(fds)" -le "$before" ]; }
	until_true 20 same
	cleat rm -f quiet
}

@test "the daemon may die: who is attached stays so" {
	cleat run -d -i --name alone bb:1 sh -c 'while read -r line; do echo "<$line>"; done'
	mkfifo "$W/to"
	cleat attach alone < "$W/to" > "$W/from" 3>&- & pid=$!
	exec 5> "$W/to"
	until_true 10 attached alone 1
	daemon=$(daemon_pid)
	kill -9 "$daemon"
	until_true 10 gone "$daemon"
	answers() { echo there >&5; grep -q '<there>' "$W/from"; }
	until_true 10 answers
	cleat kill alone
	exec 5>&-
	wait $pid || [ $? = 137 ]
	cleat rm alone
}

@test "signals of an attached client are the program's, unless it says no" {
	cleat run -d --name sig bb:1 sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	until_true 10 sh -c 'cleat logs sig | grep -q ready'
	cleat attach --no-stdin --sig-proxy=false sig > /dev/null 3>&- & pid=$!
	until_true 10 attached sig 1
	kill -TERM $pid
	wait $pid || [ $? = 143 ]
	running sig
	cleat attach --no-stdin sig > /dev/null 3>&- & pid=$!
	until_true 10 attached sig 2
	kill -TERM $pid
	wait $pid || [ $? = 7 ]
	until_true 10 sh -c '[ "$(cleat inspect sig | jq ".[0].State.ExitCode")" = 7 ]'
	cleat rm sig
}

@test "what cannot be attached to says why" {
	cleat create --name idle bb:1 true
	run cleat attach idle
	status_is 1
	says "You cannot attach to a stopped container, start it first"
	cleat run -d --name frozen bb:1 sleep 1000
	cleat pause frozen
	run cleat attach frozen
	says "unpause it first"
	run cleat attach nosuch
	says "No such container: nosuch"
	cleat run --name direct bb:1 sleep 1000 > /dev/null 3>&- & pid=$!
	until_true 10 sh -c 'cleat inspect direct 2>/dev/null | grep -q "\"running\""'
	run cleat attach direct
	status_is 1
	says "start it with -d, -t or --log-driver"
	cleat kill direct
	wait $pid || :
	cleat rm -f idle frozen direct
}

# Killed on its way: by the call with which it would have started the program.
@test "the client of run dies before the start: the prepared container is cleared away at once" {
	cleat run --rm bb:1 true
	ASAN_OPTIONS=detect_leaks=0 strace -o "$W/calls" -s 300 -e trace=sendto cleat run --rm bb:1 true
	n=$(grep -n '"\?.*cleat.v1.Containers.*Start' "$W/calls" | grep -v ExecStart | head -1 | cut -d: -f1)
	[ -n "$n" ]
	strace -o "$W/killed" -s 300 -e trace=sendto -e "inject=sendto:error=EPIPE:signal=SIGKILL:when=$n" cleat run --rm --name cut bb:1 true || :
	grep -q 'killed by SIGKILL' "$W/killed"
	# sixty seconds is what a daemon that did not notice would take
	nothing() { [ -z "$(cleat ps -aq)" ]; }
	until_true 20 nothing
}
