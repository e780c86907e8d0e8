#!/usr/bin/env bats
# What cannot be cleaned up now is tried again, in the open, and only its own container waits for it.
load lib

setup_file() {
	world_make gc
	world_ini "rootfs-mount = host" > "$CLEAT_CONFIG"
	printf '[restart/standard]\nprofile = docker\n[supervision]\ngc-delay = 100ms\ngc-delay-max = 200ms\nstop-skip-ignored = yes\n' >> "$CLEAT_CONFIG"
	busybox_root "$W/rootfs"
}
teardown() { [ -z "${holder:-}" ] || let_go; }
teardown_file() { world_end; }

show() { cleat inspect "$1" | jq -r ".[0] | $2"; }
is() { [ "$(show "$1" "$2")" = "$3" ]; }
tried() { [ "$(show "$1" .State.GC.Tries)" -ge "$2" ]; }
run_it() { cleat run -d --name "$1" "${@:2}" --rootfs "$W/rootfs:O" sleep 1000 > /dev/null; }

# hold NAME: a process of ours keeps a file of the container's root filesystem open, so that it stays busy.
hold() {
	local file
	exec {file}< "$(show "$1" .Bundle)/rootfs/etc/passwd" # open before we go on
	sleep 1000 <&"$file" &
	holder=$!
	exec {file}<&-
}
let_go() {
	kill "$holder" 2> /dev/null || :
	wait "$holder" 2> /dev/null || :
	holder=
}

@test "R23: a mount in use defers the restart until it is free; the container next to it runs on" {
	run_it busy --restart always
	run_it beside
	hold busy
	kill -9 "$(show busy .State.Pid)"
	until_true 20 is busy .State.Status gc
	until_true 20 tried busy 2
	is busy '[.State.Running, .State.Pid, .RestartCount] | join(" ")' "false 0 0"
	[[ $(show busy .State.GC.Reason) == *rootfs*busy* ]] || { show busy .State.GC; false; }
	run cleat ps
	says "Cleaning up ["
	cleat exec beside true # nobody else waits
	run cleat start busy
	status_is 1
	says "its last run is not cleaned up yet"
	let_go
	until_true 20 is busy '[.State.Status, .RestartCount] | join(" ")' "running 1"
	is busy '[.State.GC.Tries, .State.GC.Reason, .State.Restart.LastCause] | join(" ")' "0  signal"
	[ "$(cleat events --since 1h --until 0s --filter container=busy --filter event=gc | wc -l)" = 2 ]
	cleat rm -f busy beside
}

@test "stop-skip-ignored: who does not listen is not waited for" {
	run_it deaf
	run cleat stop -t -1 deaf # would wait for ever
	status_is 0
	says "its first process ignores SIGTERM"
	cleat rm deaf
}

@test "a stop in the meantime wins: cleaned up, it stays down" {
	run_it stopped --restart always
	hold stopped
	cleat stop -t 0 stopped
	until_true 20 is stopped .State.Status gc
	cleat stop stopped # is a success: nothing runs
	let_go
	until_true 20 is stopped .State.Status exited
	is stopped .RestartCount 0
	cleat rm stopped
}

@test "rm of what is busy says so, and it goes as soon as it can" {
	run_it doomed
	hold doomed
	run cleat rm -f doomed
	status_is 1
	one_line
	says "cannot remove container doomed yet"
	until_true 20 is doomed .State.Status gc
	let_go
	until_true 20 sh -c '! cleat inspect doomed 2> /dev/null'
}

@test "--rm: the same" {
	run_it passing --rm
	hold passing
	kill -9 "$(show passing .State.Pid)"
	until_true 20 is passing .State.Status gc
	let_go
	until_true 20 sh -c '! cleat inspect passing 2> /dev/null'
}

@test "a daemon that dies in the meantime goes on with it, and counts no restart twice" {
	run_it kept --restart on-failure:5
	hold kept
	kill -9 "$(show kept .State.Pid)"
	until_true 20 tried kept 1
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
	until_true 20 tried kept 3
	let_go
	until_true 20 is kept '[.State.Status, .RestartCount] | join(" ")' "running 1"
	cleat rm -f kept
}

# A process in the container's cgroup that not even SIGKILL ends, because it is frozen by another cgroup.
@test "a cgroup that will not go: the same" {
	freezer=/sys/fs/cgroup/freezer
	[ -d $freezer ] || skip "no freezer of cgroup v1: nothing here survives SIGKILL"
	run_it stuck --restart always
	id=$(show stuck .Id)
	sleep 1000 &
	frozen=$!
	mkdir "$freezer$CGP.frozen"
	echo $frozen > "$freezer$CGP.frozen/cgroup.procs"
	echo $frozen > "/sys/fs/cgroup/pids$CGP/$id/cgroup.procs"
	echo FROZEN > "$freezer$CGP.frozen/freezer.state"
	kill -9 "$(show stuck .State.Pid)"
	until_true 40 is stuck .State.Status gc
	until_true 20 tried stuck 1
	echo THAWED > "$freezer$CGP.frozen/freezer.state"
	wait $frozen || :
	until_true 20 is stuck '[.State.Status, .RestartCount] | join(" ")' "running 1"
	rmdir "$freezer$CGP.frozen"
	cleat rm -f stuck
}
