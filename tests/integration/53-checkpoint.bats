#!/usr/bin/env bats
# cleat checkpoint on this machine's own kernel: what is refused, and what criu says when it cannot. The whole story is
# tests/vm/guest/76-checkpoint.sh, on a kernel that Debian's criu knows.
load lib

setup_file() {
	world_make checkpoint
	busybox_image bb:1 > /dev/null
	cleat run -d --name runs --restart always bb:1 sleep 1000
	cleat run -d --rm --name passing bb:1 sleep 1000
	cleat create --name idle bb:1 true
}
teardown_file() { world_end; }

field() { cleat inspect "$1" | jq -r ".[0].$2"; }
pid_changed() { [ "$(field runs State.Pid)" != "$1" ] && [ "$(field runs State.Status)" = running ]; }

@test "a checkpoint that fails leaves the container as it was, and nothing behind" {
	local pid
	pid=$(field runs State.Pid)
	run cleat checkpoint create runs first
	if [ "$status" -eq 0 ]; then
		# a criu that knows this kernel
		[ "$(field runs State.Status)" = exited ]
		run cleat start --checkpoint first runs
		status_is 0
		run cleat checkpoint rm runs first
		status_is 0
		pid=$(field runs State.Pid)
	else
		one_line
		says "criu failed: type DUMP"
		[ "$(field runs State.Pid)" = "$pid" ]
	fi
	run cleat exec runs true
	status_is 0
	run cleat checkpoint ls runs
	[ "$output" = "CHECKPOINT NAME" ]
	[ -z "$(find "$W/root/checkpoints" -mindepth 3)" ]
	# the wish that it ends is taken back: its policy counts again
	kill -9 "$pid"
	until_true 20 pid_changed "$pid"
}

@test "what cannot be checkpointed" {
	run cleat checkpoint create idle first
	status_is 1
	one_line
	says "is not running"
	run cleat checkpoint create passing first
	status_is 1
	one_line
	says "--leave-running"
	run cleat checkpoint create runs ../first
	status_is 1
	one_line
	says "invalid checkpoint name"
	run cleat checkpoint create nobody first
	status_is 1
	says "No such container"
	[ ! -e "$W/root/checkpoints/default/first" ]
}

@test "a checkpoint that is not there" {
	run cleat start --checkpoint first idle
	status_is 1
	one_line
	says "checkpoint first does not exist for container idle"
	run cleat checkpoint rm idle first
	status_is 1
	says "checkpoint first does not exist for container idle"
	run cleat checkpoint ls idle
	status_is 0
	[ "$output" = "CHECKPOINT NAME" ]
	run cleat start -a --checkpoint first idle
	status_is 125
	says "--checkpoint"
	mkdir -p "$W/root/checkpoints/default/$(field idle Id)"
	ln -s /etc "$W/root/checkpoints/default/$(field idle Id)/link"
	run cleat start --checkpoint link idle
	status_is 1
	says "does not exist"
	run cleat start --checkpoint first runs
	status_is 1
	says "is already running"
}

@test "images that are none: the start fails, and another start begins anew" {
	mkdir -p "$W/root/checkpoints/default/$(field idle Id)/empty"
	run cleat start --checkpoint empty idle
	[ "$status" -ne 0 ]
	one_line
	says "criu failed: type RESTORE"
	run cleat start -a idle
	status_is 0
	id=$(field idle Id)
	run cleat rm idle
	status_is 0
	[ ! -e "$W/root/checkpoints/default/$id" ]
}
