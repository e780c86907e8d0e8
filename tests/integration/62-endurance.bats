#!/usr/bin/env bats
# The same again and again under one daemon and one shim: what they hold, and what is on the disk, stays as it was.
load lib

setup_file() {
	world_make endurance
	busybox_root "$W/rootfs"
	cleat run -d --name steady --log-driver json-file --health-cmd true --health-interval 100ms --rootfs "$W/rootfs:O" \
		sh -c 'while :; do echo line; sleep 0.2; done'
	cleat run -d --name again --restart always --rootfs "$W/rootfs:O" sleep 100000
}
teardown_file() { world_end; }

shim_of_steady() { awk '/^PPid/ { print $2 }' "/proc/$(cleat inspect steady | jq '.[0].State.Pid')/status"; }

# Descriptors, watches of directories, threads, children.
holds() {
	echo "$(find "/proc/$1/fd" -mindepth 1 | wc -l) $(cat "/proc/$1"/fdinfo/* 2> /dev/null | grep -c '^inotify') \
$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l) $(pgrep -cP "$1")"
}
on_the_machine() {
	echo "$(find "$W/root" -mindepth 2 -not -path '*/overlay/*/*/*' | wc -l) $(find "$W/state" -mindepth 1 | wc -l) \
$(cgroup_dirs | wc -l) $(grep -cF "$W" /proc/self/mountinfo) $(cleat ps -aq | wc -l)"
}
private() { awk '/^RssAnon/ { print $2 }' "/proc/$1/status"; }

cycle() {
	cleat run --rm --rootfs "$W/rootfs:O" true
	[ "$(cleat exec steady echo hello)" = hello ]
	cleat restart -t 0 again > /dev/null
	kill -9 "$(cleat inspect again | jq '.[0].State.Pid')"
	cleat logs -f --tail 1 steady > "$W/followed" &
	follower=$!
	until_true 10 test -s "$W/followed"
	kill "$follower"
	wait "$follower" || :
	until_true 10 is_back
	rm "$W/followed"
}
is_back() { cleat inspect again | jq -e '.[0] | .State.Status == "running" and .RestartCount == 1' > /dev/null; }
look() { echo "$(holds "$daemon"), $(holds "$shim"), $(on_the_machine)"; }
checked_off() { [ "$(find "$(cleat inspect steady | jq -r '.[0].Bundle')" -name 'exec-*.json' | wc -l)" -le 32 ]; }
as_before() { [ "$(look)" = "$before" ]; }

@test "runs, execs, restarts, checks and followers leave nothing behind" {
	rounds=20
	[ -z "${CLEAT_LONG:-}" ] || rounds=2000
	daemon=$(cat "$W/state/cleatd.lock")
	shim=$(shim_of_steady)
	for _ in 1 2 3 4 5; do cycle; done
	for _ in $(seq 40); do cleat exec -d steady true; done # the records of some are kept
	until_true 10 checked_off
	before=$(look)
	until_true 10 as_before # twice the same: a check of the health may have been under way
	memory=$(($(private "$daemon") + $(private "$shim")))
	for _ in $(seq "$rounds"); do cycle; done
	until_true 20 as_before || { echo "before: $before; now: $(look)" >&2; false; }
	[ "$(cat "$W/state/cleatd.lock")" = "$daemon" ]
	[ "$(shim_of_steady)" = "$shim" ]
	now=$(($(private "$daemon") + $(private "$shim")))
	# the log of events, which has an end, is the only thing that may grow
	[ "${CLEAT_SANITIZED:-0}" = 1 ] || [ $((now - memory)) -lt 768 ] || { echo "from $memory to $now KiB" >&2; false; }
}
