#!/usr/bin/env bats
# Many containers at a time, and a containerd that dies at any moment: nothing is left, nothing is lost.
# CLEAT_LONG=1: 200 containers, 40 moments of death.
bats_require_minimum_version 1.5.0
load lib
load lib/ctr

setup_file() { ctr_world load; }
teardown_file() { ctr_world_end; }

long() { [ -n "${CLEAT_LONG:-}" ]; }
socket_of() { echo "/run/containerd/s/$(printf %s "$W/c.sock/default/$1" | sha256sum | cut -d' ' -f1)"; }
# Children of our containerd that it did not reap: it must not get any of ours but its own `start` and `delete`.
zombies() { ps -o stat=,args= --ppid "$(cat "$W/containerd.pid")" | grep '^Z' || :; }

# loop NAME COUNT: containers one after the other; what went wrong is a line in $W/wrong.
loop() {
	local i id out status
	set +e
	for i in $(seq "$2"); do
		id=$1-$i
		out=$(ctr_run "$id" --rm -- /bin/sh -c "echo from $id; exit $((i % 7))" 2>&1)
		status=$?
		[ "$status:$out" = "$((i % 7)):from $id" ] || echo "$id: $status $out" >> "$W/wrong"
	done
}

@test "containers in 8 parallel loops: right answers, events in order, nothing left" {
	local each=4 n
	long && each=25
	: > "$W/wrong"
	events_begin
	local loops=()
	for n in 1 2 3 4 5 6 7 8; do
		loop "l$n" $each &
		loops+=($!)
	done
	wait "${loops[@]}"
	[ ! -s "$W/wrong" ] || { cat "$W/wrong" >&2; false; }
	nothing_left
	for n in 1 2 3 4 5 6 7 8; do until_true 10 has_event "l$n-$each" /tasks/delete; done
	events_end
	for n in 1 2 3 4 5 6 7 8; do
		for i in $(seq $each); do
			[ "$(events_of "l$n-$i" | tr '\n' ' ')" = "/tasks/create /tasks/start /tasks/exit /tasks/delete " ]
			[ ! -e "$(socket_of "l$n-$i")" ]
		done
	done
	[ -z "$(zombies)" ]
	not grep -q "$W/ctd-state" /proc/self/mountinfo
}

@test "20 running tasks survive a restart of containerd, and exits meanwhile are told" {
	local i pids=() ends=()
	for i in $(seq 15); do ctr_run "stays$i" -d -- /bin/sleep 1000; done
	for i in $(seq 5); do ctr_run "ends$i" -d -- /bin/sh -c "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit $((20 + i))"; done
	for i in $(seq 15); do pids[i]=$(task_pid "stays$i"); done
	for i in $(seq 5); do ends[i]=$(task_pid "ends$i"); done
	containerd_kill
	touch "$W/rootfs/tmp/go"
	for i in $(seq 5); do until_true 10 gone "${ends[i]}"; done
	rm "$W/rootfs/tmp/go"
	containerd_start
	for i in $(seq 5); do until_true 15 stopped "ends$i"; done
	for i in $(seq 15); do
		[ "$(task_pid "stays$i")" = "${pids[i]}" ]
		task_is "stays$i" RUNNING
	done
	[ "$(ctr task exec --exec-id x stays7 /bin/echo here)" = here ]
	for i in $(seq 5); do
		run ctr task rm "ends$i"
		says "exit code $((20 + i))"
		ctr container rm "ends$i"
	done
	for i in $(seq 15); do ctr task kill -s 9 "stays$i"; done
	for i in $(seq 15); do rm_task "stays$i" > /dev/null; done
	nothing_left
}

# moments: delays in milliseconds after which containerd dies.
moments() { if long; then seq 0 4 160; else echo 25 45 70; fi; }
die_after() { read -rt "$(printf '0.%03d' "$1")" <> <(:) || :; containerd_kill; }
# As an operator would: whatever is listed goes, and what is not listed must go by itself.
recover() {
	containerd_start
	ctr task kill -s 9 "$1" 2> /dev/null || :
	ctr task ls | grep -q "^$1 " && until_true 10 sh -c "ctr task ls | grep '^$1 ' | grep -qE 'STOPPED|CREATED'"
	ctr task rm -f "$1" > /dev/null 2>&1 || :
	ctr container rm "$1" 2> /dev/null || :
	until_true 45 no_bundle
	until_true 45 no_shim
	[ ! -e "$(socket_of "$1")" ]
	[ -z "$(cgroup_dirs | grep "/$1\$")" ]
}

@test "containerd dies in the middle of Create and Start: no orphan" {
	local ms client
	for ms in $(moments); do
		ctr_run "c$ms" -d -- /bin/sleep 1000 > /dev/null 2>&1 3>&- &
		client=$!
		die_after "$ms"
		wait "$client" || :
		recover "c$ms"
	done
}

@test "containerd dies in the middle of Delete: no orphan" {
	local ms client
	for ms in $(moments); do
		ctr_run "d$ms" -d -- /bin/sh -c 'exit 3'
		until_true 10 stopped "d$ms"
		ctr task rm "d$ms" > /dev/null 2>&1 3>&- &
		client=$!
		die_after "$((ms / 2))"
		wait "$client" || :
		recover "d$ms"
	done
}

@test "containerd dies while a program ends: its exit is not lost" {
	local ms
	for ms in $(moments); do
		ctr_run "e$ms" -d -- /bin/sh -c 'while [ ! -e /tmp/go ]; do :; done; exit 21'
		touch "$W/rootfs/tmp/go"
		die_after "$((ms / 4))"
		containerd_start
		until_true 15 stopped "e$ms"
		rm "$W/rootfs/tmp/go"
		run ctr task rm "e$ms"
		says 'exit code 21'
		ctr container rm "e$ms"
	done
	nothing_left
}
