#!/usr/bin/env bats
# A container that comes back needs a daemon to decide it: its shim starts one when there is none.
load lib

setup_file() {
	world_make revive
	busybox_root "$W/rootfs"
}
teardown_file() { world_end; }

kill_daemon() {
	local pid
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
}
has_daemon() { [ -n "$(daemon_pid)" ]; }
ended() { gone "$(cat "$W/pid")"; }

@test "a container with a restart policy brings its daemon back, and comes back itself" {
	cleat run -d --name back --restart always --rootfs "$W/rootfs:O" sleep 1000
	cleat inspect back | jq '.[0].State.Pid' > "$W/pid"
	kill_daemon
	kill -9 "$(cat "$W/pid")"
	until_true 10 has_daemon # nobody but the shim asked for it
	[ "$(awk '{ print $4 }' "/proc/$(daemon_pid)/stat")" = 1 ]
	[ "$(readlink "/proc/$(daemon_pid)/cwd")" = / ]
	until_true 10 sh -c 'cleat inspect back | jq -e ".[0].State.Running and .[0].RestartCount == 1"'
	cleat rm -f back
}

@test "a container without one does not; its exit is told when a daemon comes" {
	cleat run -d --name rests --rootfs "$W/rootfs:O" sleep 1000
	cleat inspect rests | jq '.[0].State.Pid' > "$W/pid"
	kill_daemon
	kill -9 "$(cat "$W/pid")"
	until_true 5 ended
	not has_daemon
	[ "$(cleat wait rests)" = 137 ]
	cleat rm rests
}
