#!/usr/bin/env bats
# The machine goes down and comes up again: everything of ours is killed, and the next daemon is told of another boot.
load lib

setup_file() {
	if ! grep -q CLEAT_BOOT_ID "$CLEAT_BIN/cleatd"; then
		echo "these programs cannot be told of another boot: cmake -DCLEAT_FAIL_POINTS=ON" >&2
		return 1
	fi
	world_make reboot
	printf '[restart/standard]\nprofile = docker\n[supervision]\nboot-spread = 0\n' >> "$CLEAT_CONFIG"
	busybox_root "$W/rootfs"
}
setup() { mkdir "$W/data"; }
teardown() { rm -rf "$W/data"; }
teardown_file() { world_end; }

show() { cleat inspect "$1" | jq -r ".[0] | $2"; }
is() { [ "$(show "$1" "$2")" = "$3" ]; }
# run_it NAME COMMAND [FLAG...]: always back, ten times as late each time.
run_it() {
	local name=$1 command=$2
	shift 2
	cleat run -d --name "$name" --restart always --restart-opt delay-initial=1ms --restart-opt multiplier-percent=1000 \
		--restart-opt delay-max=1h "$@" -v "$W/data:/data" --rootfs "$W/rootfs:O" sh -c "$command" > /dev/null
}
daemon_off() {
	local pid
	pid=$(cat "$W/state/cleatd.lock")
	kill -9 "$pid"
	until_true 5 gone "$pid"
}
# Daemon and shims first: nobody sees an end.
power_cut() {
	local pid dir
	daemon_off
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		case $(readlink "$dir/cwd" 2> /dev/null) in "$W"/state/*) kill -9 "$pid" && until_true 5 gone "$pid" ;; esac
	done
	cgroup_dirs | while read -r dir; do
		while read -r pid; do kill -9 "$pid" 2> /dev/null || :; done < "$dir/cgroup.procs"
	done
	CLEAT_BOOT_ID=$(cat /proc/sys/kernel/random/uuid)
	export CLEAT_BOOT_ID
}
# Like run(1) of an init system; <state> is a tmpfs there.
boot() {
	rm -rf "$W/state"/*
	cleat ps > /dev/null
}

@test "R21: a reboot is a cause of its own, and the back-off begins anew" {
	# the fifth start stays: its next delay would be 10 s
	run_it deep 'echo x >> /data/starts; [ "$(wc -l < /data/starts)" -lt 5 ] || exec sleep 1000; exit 1'
	until_true 10 is deep '[.State.Status, .RestartCount, .State.Restart.Level] | join(" ")' "running 4 4"
	power_cut
	boot
	until_true 5 is deep '[.State.Status, .RestartCount, .State.Restart.Level] | join(" ")' "running 5 1"
	is deep .State.Restart.LastCause host-reboot
	cleat rm -f deep
}

@test "a restart that was pending when the machine went down is made when it is up" {
	run_it pending 'test -e /data/ok && exec sleep 1000; exit 7' --restart-opt delay-initial=1h
	until_true 10 is pending .State.Status restarting
	touch "$W/data/ok"
	power_cut
	boot
	until_true 5 is pending '[.State.Status, .RestartCount, .State.Restart.Level] | join(" ")' "running 1 0"
	is pending .State.Restart.LastCause failure
	cleat rm -f pending
}

@test "starts before the reboot do not count for the start limit" {
	run_it limit 'echo x >> /data/starts; [ "$(wc -l < /data/starts)" = 4 ] && exec sleep 1000; exit 1' \
		--restart-opt start-limit-burst=5 --restart-opt start-limit-interval=1h --restart-opt multiplier-percent=100
	until_true 10 is limit '[.State.Status, .RestartCount] | join(" ")' "running 3"
	power_cut
	boot
	until_true 5 is limit '[.State.Status, .RestartCount] | join(" ")' "exited 8"
	[[ $(show limit .State.Restart.Reason) == *start-limit-hit* ]]
	cleat rm -f limit
}

@test "an end that its shim wrote to a disk before the machine went down is that end" {
	cleat run -d --name told --restart on-failure --rootfs "$W/rootfs:O" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' > /dev/null
	pid=$(show told .State.Pid)
	id=$(show told .Id)
	daemon_off
	mv "$CLEAT_CONFIG" "$CLEAT_CONFIG.away" # so that the shim brings no daemon back
	kill -TERM "$pid"
	until_true 5 test -e "$W/state/default/$id/exit.json"
	mv "$CLEAT_CONFIG.away" "$CLEAT_CONFIG"
	export CLEAT_BOOT_ID=another
	power_cut
	cleat ps > /dev/null
	until_true 5 is told '[.State.Status, .State.ExitCode, .State.Restart.LastCause] | join(" ")' "exited 0 clean"
	cleat rm told
}

@test "that a container was given up is told once, not by each daemon" {
	run_it gone 'exit 1'
	cleat update --restart on-failure:1 gone
	until_true 10 is gone .State.Status exited
	daemon_off
	cleat ps > /dev/null
	[ "$(cleat events --since 1h --until 0s --filter container=gone --filter event=restart-giveup | wc -l)" = 1 ]
	cleat rm gone
}

@test "a tree of eight comes up from its root, each after what it requires" {
	local name parent
	local -A parent_of=([b]=a [c]=a [d]=b [e]=b [f]=c [g]=c [h]=g)
	for name in a b c d e f g h; do
		parent=${parent_of[$name]-}
		cleat run -d --name "$name" --restart unless-stopped ${parent:+--requires "$parent:healthy"} \
			--health-cmd 'test -e /up' --health-interval 100ms --health-start-period 1h --health-start-interval 100ms \
			--rootfs "$W/rootfs:O" sh -c 'sleep 0.2; touch /up; exec sleep 1000' > /dev/null
	done
	power_cut
	boot
	for name in h f d e; do until_true 30 is "$name" .State.Status running; done
	for name in "${!parent_of[@]}"; do
		[[ $(show "$name" .State.StartedAt) > $(show "${parent_of[$name]}" .State.StartedAt) ]]
		is "$name" '[.RestartCount, .State.Restart.LastCause] | join(" ")' "1 host-reboot"
	done
	# one that was stopped by hand is not started by the daemon for itself, but because another requires it
	cleat stop -t 0 h g f
	power_cut
	boot
	until_true 30 is e .State.Status running
	is g .State.Status exited
	cleat start h
	is g .State.Status running
	is f .State.Status exited
	cleat rm -f a b c d e f g h
}
