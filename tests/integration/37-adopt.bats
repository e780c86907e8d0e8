#!/usr/bin/env bats
# kill -9 of a shim: the container lives, another shim takes it over, and how it ends is told truly.
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	world_make adopt
	busybox_image bb:1
}
teardown_file() { world_end; }

init_of() { cleat inspect "$1" | jq '.[0].State.Pid'; }
state() { cleat inspect "$1" | jq -r '.[0].State.Status'; }
file_of() { echo "$W/state/default/$(cleat inspect "$1" | jq -r '.[0].Id')/$2"; }
# The pid that the daemon has recorded; another one after an adoption.
shim_of() { cut -d' ' -f1 "$(file_of "$1" shim.pid)"; }

kill_shim() {
	local shim
	until_true 10 test -s "$(file_of "$1" shim.pid)"
	shim=$(shim_of "$1")
	kill -9 "$shim"
	until_true 10 gone "$shim"
	echo "$shim"
}

adopted() { [ "$(shim_of "$1")" != "$2" ]; }

# kill_and_wait NAME: until another shim has it.
kill_and_wait() {
	local shim
	shim=$(kill_shim "$1")
	until_true 10 adopted "$1" "$shim"
}

kill_daemon() {
	local pid
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
}

# A program that ends with the status in /go, once that is there.
waits() { cleat run -d --name "$@" bb:1 sh -c 'while [ ! -s /go ]; do sleep 0.05; done; exit $(cat /go)'; }
go() { echo "$2" > "/proc/$(init_of "$1")/root/go"; }

@test "the container lives on; exec, top, pause, limits and stop work" {
	cleat run -d --name a bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done'
	pid=$(init_of a)
	kill_and_wait a
	[ "$(init_of a)" = "$pid" ]
	[ "$(state a)" = running ]
	[ "$(cleat exec a echo hello)" = hello ]
	run -5 cleat exec a sh -c 'exit 5'
	run cleat top a
	says 'sleep 0.1'
	cleat pause a
	kill_and_wait a
	[ "$(state a)" = paused ]
	cleat unpause a
	cleat update --memory 64m a
	kill_and_wait a
	cleat stop a
	[ "$(cleat wait a)" = 42 ]
	cleat rm a
}

@test "its exit status is the true one, also a signal's" {
	for status in 0 17; do
		waits t
		kill_and_wait t
		go t $status
		[ "$(cleat wait t)" = $status ]
		cleat rm t
	done
	waits t
	kill_and_wait t
	kill -9 "$(init_of t)"
	[ "$(cleat wait t)" = 137 ]
	[ "$(cleat inspect t | jq '.[0].State.ExitSignal')" = 9 ]
	cleat rm t
}

@test "the log goes on, not a line is missing" {
	cleat run -d --name l bb:1 sh -c 'i=0; while [ ! -e /enough ]; do i=$((i+1)); echo line $i; done; echo end'
	until_true 10 sh -c 'cleat logs l | grep -q "line 100$"'
	kill_and_wait l
	lines=$(cleat logs l | wc -l)
	until_true 10 sh -c '[ "$(cleat logs l | wc -l)" -gt '"$((lines + 1000))"' ]'
	touch "/proc/$(init_of l)/root/enough"
	[ "$(cleat wait l)" = 0 ]
	[ "$(cleat logs l | tail -1)" = end ]
	# what the shim had read and not yet written is lost with it: at most one burst
	missing=$(cleat logs l | awk '/^line [0-9]+$/ { if (last && $2 != last + 1) gaps++; last = $2 } END { print gaps + 0 }')
	[ "$missing" -le 1 ]
	cleat rm l
}

@test "a client in the foreground: input, output and status as if nothing had happened" {
	mkfifo "$W/in"
	cleat run -i --name f bb:1 sh -c 'while read -r line; do echo "got $line"; done; exit 3' < "$W/in" > "$W/out" 2>&1 &
	client=$!
	exec 7> "$W/in"
	echo one >&7
	until_true 10 grep -q 'got one' "$W/out"
	kill_and_wait f
	echo two >&7
	until_true 10 grep -q 'got two' "$W/out"
	exec 7>&-
	status=0
	wait $client || status=$?
	[ "$status" = 3 ]
	cleat rm f
}

@test "a terminal: the program does not notice" {
	cat > "$W/kill" <<-END
		#!/bin/bash
		set -e
		load() { :; }
		export STORY_DIR=$STORY_DIR CLEAT_BIN=$CLEAT_BIN CLEAT_CONFIG=$CLEAT_CONFIG W=$W CGP=$CGP
		. "$STORY_DIR/lib.bash"
		$(declare -f file_of shim_of kill_shim adopted kill_and_wait)
		until_true 10 test -s "$W/root/marks/ready"
		kill_and_wait tty
		kill_and_wait tty
		echo done > "$W/root/marks/killed"
	END
	mkdir -p "$W/root/marks"
	chmod +x "$W/kill"
	"$W/kill" > "$W/kill.log" 2>&1 3>&- &
	run python3 "$STORY_DIR/lib/pty.py" 24 80 'expect:#' 'send:echo x > /marks/ready; until [ -e /marks/killed ]; do sleep 0.05; done; echo sur""vived; stty size\n' \
		'expect:survived' 'expect:24 80' 'resize:30x90' 'send:until [ "$(stty size)" = "30 90" ]; do :; done; echo re""sized\n' 'expect:resized' 'send:exit 6\n' \
		-- cleat run -it --name tty -v "$W/root/marks:/marks" bb:1 sh
	cat "$W/kill.log"
	status_is 6
	wait
	cleat rm tty
}

@test "input that others type later: not lost, and not ended" {
	cleat run -d -i --name typed bb:1 sh -c 'while read -r line; do echo "got $line"; done; echo over'
	echo one | cleat attach typed > /dev/null &
	until_true 10 sh -c 'cleat logs typed | grep -q "got one"'
	kill_and_wait typed
	[ "$(state typed)" = running ]
	echo two | cleat attach typed > /dev/null &
	until_true 10 sh -c 'cleat logs typed | grep -q "got two"'
	cleat logs typed | not grep -q over
	cleat rm -f typed
	wait
}

@test "an exec is lost with its shim: its client is told, and its process ends" {
	cleat run -d --name e bb:1 sleep 1000
	cleat exec e sh -c 'echo $$ > /pid; exec sleep 999' &
	client=$!
	until_true 10 cleat exec e test -s /pid
	kill_and_wait e
	status=0
	wait $client || status=$?
	[ "$status" = 137 ]
	until_true 10 sh -c '! cleat top e | grep -q "sleep 999"'
	[ "$(state e)" = running ]
	cleat rm -f e
}

@test "its policy is asked at the true end" {
	waits ok --restart on-failure
	kill_and_wait ok
	go ok 0
	[ "$(cleat wait ok)" = 0 ]
	[ "$(cleat inspect ok | jq '.[0].RestartCount')" = 0 ]
	cleat rm ok
	waits back --restart on-failure:1
	kill_and_wait back
	[ "$(cleat inspect back | jq '.[0].RestartCount')" = 0 ]
	go back 3
	until_true 20 sh -c '[ "$(cleat inspect back | jq -r "[.[0].State.Status, .[0].RestartCount, .[0].State.ExitCode] | join(\" \")")" = "exited 1 3" ]'
	cleat rm back
}

@test "daemon and shim are killed: the next daemon has it adopted" {
	waits both
	pid=$(init_of both)
	pidfile=$(file_of both shim.pid)
	until_true 10 test -s "$pidfile"
	shim=$(cut -d' ' -f1 "$pidfile")
	kill_daemon
	kill -9 "$shim"
	until_true 10 gone "$shim"
	[ "$(init_of both)" = "$pid" ]
	until_true 10 adopted both "$shim"
	[ "$(cleat exec both echo still)" = still ]
	go both 23
	[ "$(cleat wait both)" = 23 ]
	cleat rm both
}

@test "all three are killed and nobody saw how: 255, cause lost, and its policy decides" {
	cleat run -d --name lost bb:1 sleep 1000
	cleat run -d --name again --restart on-failure bb:1 sleep 1000
	pids=
	for name in lost again; do
		until_true 10 test -s "$(file_of $name shim.pid)"
		pids="$pids $(shim_of $name)"
		inits="$inits $(init_of $name)"
	done
	kill_daemon
	kill -9 $pids $inits
	# until they are reaped the kernel shows how they ended
	for pid in $inits; do until_true 20 test ! -e "/proc/$pid"; done
	[ "$(cleat wait lost)" = 255 ]
	[ "$(cleat inspect lost | jq '.[0].State.ExitSignal')" = 0 ]
	until_true 10 sh -c '[ "$(cleat inspect again | jq -r "[.[0].State.Status, .[0].RestartCount] | join(\" \")")" = "running 1" ]'
	cleat rm -f lost again
}

@test "a stop right after the shim's death reaches the program" {
	cleat run -d --name s bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done'
	until_true 10 test -s "$(file_of s shim.pid)"
	kill -9 "$(shim_of s)"
	cleat stop s
	[ "$(cleat wait s)" = 42 ]
	cleat rm s
}

@test "the memory's end is told after an adoption too" {
	cleat run -d --name o --memory 24m --memory-swap 24m bb:1 sh -c 'while [ ! -s /go ]; do sleep 0.05; done; exec tail /dev/zero'
	kill_and_wait o
	go o 1
	[ "$(cleat wait o)" = 137 ]
	[ "$(cleat inspect o | jq '.[0].State.OOMKilled')" = true ]
	cleat rm o
}

@test "rm -f of an adopted one leaves nothing; --rm removes itself" {
	cleat run -d --name r bb:1 sleep 1000
	pid=$(init_of r)
	kill_and_wait r
	cleat rm -f r
	until_true 10 gone "$pid"
	waits gone --rm
	kill_and_wait gone
	go gone 0
	until_true 10 sh -c '[ -z "$(cleat ps -aq)" ]'
	[ -z "$(ls "$W/state/default")" ]
}

@test "the shim's program is not there when it is needed: nothing is forgotten, and all is cleaned up when it is back" {
	pid=$(daemon_pid) && end_process "$pid"
	ln -s "$(ls "$CLEAT_BIN"/cleat-shim "$CLEAT_BIN"/cleat-shim-dl 2> /dev/null | head -1)" "$W/shim"
	world_ini "shim = $W/shim" > "$W/cleat.ini"
	for how in '' --rm; do
		# shellcheck disable=SC2086
		cleat run -d --name p $how bb:1 sleep 1000
		pid=$(init_of p)
		mv "$W/shim" "$W/away"
		kill_shim p
		until_true 10 sh -c '[ "$(cleat inspect p | jq -r ".[0].State.Status")" = gc ]'
		not gone "$pid"
		mv "$W/away" "$W/shim"
		until_true 10 gone "$pid"
		[ -n "$how" ] || until_true 10 cleat rm p
		until_true 10 sh -c '[ -z "$(cleat ps -aq)" ]'
	done
	world_ini > "$W/cleat.ini"
	pid=$(daemon_pid) && end_process "$pid"
}

@test "a shim that cannot be had again: the container is ended, not forgotten" {
	cleat run -d --name n bb:1 sleep 1000
	pid=$(init_of n)
	until_true 10 test -s "$(file_of n shim.pid)"
	rm "$(file_of n adopt.json)"
	kill_shim n
	[ "$(cleat wait n)" = 137 ]
	until_true 10 gone "$pid"
	cleat rm n
}
