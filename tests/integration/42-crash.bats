#!/usr/bin/env bats
# The daemon is expendable: kill -9 at any instant, and every container and exit status is still there.
load lib

setup_file() {
	world_make crash
	busybox_image bb:1
}
teardown_file() { world_end; }

kill_daemon() {
	local pid
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
}

@test "kill -9 cleatd: ps, exec, stop and wait tell the truth afterwards" {
	id=$(cleat run -d --name lives bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done')
	pid=$(cleat inspect lives | jq '.[0].State.Pid')
	kill_daemon
	not gone "$pid"
	run cleat ps
	says lives
	says 'Up '
	[ "$(cleat inspect lives | jq '.[0].State.Pid')" = "$pid" ]
	[ "$(cleat exec lives echo hello)" = hello ]
	kill_daemon
	cleat stop lives
	[ "$(cleat wait lives)" = 42 ]
	cleat rm lives
}

@test "an exit while no daemon runs is reported truly" {
	cleat run -d --name later bb:1 sh -c 'while [ ! -e /go ]; do sleep 0.05; done; exit 17'
	pid=$(cleat inspect later | jq '.[0].State.Pid')
	shim_root=/proc/$pid/root
	kill_daemon
	touch "$shim_root/go"
	until_true 10 gone "$pid"
	[ "$(cleat wait later)" = 17 ]
	run cleat ps -a
	says 'Exited (17)'
	cleat rm later
}

@test "a foreground run survives its daemon" {
	cleat run --name fg bb:1 sh -c 'while [ ! -e /go ]; do sleep 0.05; done; echo finished' > "$W/fg.out" 2> "$W/fg.err" &
	client=$!
	until_true 10 sh -c 'cleat ps | grep -q fg'
	pid=$(cleat inspect fg | jq '.[0].State.Pid')
	kill_daemon
	touch "/proc/$pid/root/go"
	until_true 10 gone "$pid"
	wait $client || :
	grep -q finished "$W/fg.out"
	[ "$(cleat wait fg)" = 0 ]
	cleat rm fg
}

@test "the daemon dies in the middle of twenty creations: nothing is half there" {
	for i in 1 2 3 4 5; do
		cleat create --name "half$i" bb:1 true > /dev/null 2>&1 &
	done
	pid=$(daemon_pid) && kill -9 "$pid"
	wait || :
	cleat ps -a > /dev/null
	for name in $(cleat ps -a --json | jq -r .Names); do
		cleat start "$name"
		[ "$(cleat wait "$name")" = 0 ]
		cleat rm "$name"
	done
}

@test "shim and program are killed at once: the end is noticed and cleaned up" {
	cleat run -d --name orphan bb:1 sleep 1000
	pid=$(cleat inspect orphan | jq '.[0].State.Pid')
	shim=$(awk '/^PPid/{print $2}' "/proc/$pid/status")
	[ "$shim" -gt 1 ]
	kill -9 "$shim" "$pid"
	until_true 10 sh -c '[ "$(cleat inspect orphan | jq -r ".[0].State.Status")" = exited ]'
	until_true 10 gone "$pid"
	cleat rm orphan
}

@test "a stale socket of a dead daemon is no obstacle" {
	kill_daemon
	[ -S "$W/state/cleatd.sock" ]
	run cleat ps
	status_is 0
}

@test "two clients that find no daemon start one" {
	kill_daemon
	for i in 1 2 3 4; do cleat ps > /dev/null & done
	wait
	n=0
	for dir in /proc/[0-9]*; do
		[ "$(readlink "$dir/exe" 2>/dev/null)" = "$(readlink -f "$CLEAT_BIN/cleatd")" ] || continue
		tr '\0' '\n' < "$dir/environ" | grep -qx "CLEAT_CONFIG=$CLEAT_CONFIG" ||
			tr '\0' '\n' < "$dir/cmdline" | grep -qx -- "$CLEAT_CONFIG" || continue
		gone "${dir#/proc/}" || n=$((n + 1))
	done
	[ "$n" = 1 ]
}
