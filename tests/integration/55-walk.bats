#!/usr/bin/env bats
# Eight containers, random operations, daemon and shims killed in between, reboots; and many containers that come back at once.
load lib

setup_file() {
	world_make walk
	printf '[restart/standard]\nprofile = docker\n[supervision]\nboot-spread = 0\n' >> "$CLEAT_CONFIG"
	busybox_root "$W/rootfs"
	with_flock "$W/rootfs"
}
teardown_file() { world_end; }

# The same walk again: WALK_SEED=123 bats tests/integration/55-walk.bats
@test "a random walk: the model, the daemon and the kernel agree after each step" {
	steps=300
	[ "${CLEAT_SANITIZED:-0}" = 0 ] || steps=100
	[ -z "${CLEAT_LONG:-}" ] || steps=10000
	CLEAT_BIN=$CLEAT_BIN "$STORY_DIR/lib/walk.py" "${WALK_STEPS:-$steps}" "${WALK_SEED:-$(date +%s)}"
}

all_back() {
	# shellcheck disable=SC2046
	cleat inspect $(seq -f "boot%g" "$1") | jq -e 'all(.State.Status == "running" and .RestartCount == 1)' > /dev/null
}
daemon_dies() {
	local pid
	pid=$(cat "$W/state/cleatd.lock")
	kill -9 "$pid"
	until_true 10 gone "$pid"
	cleat ps > /dev/null
}
some_start() { compgen -G "$W/data/starts.*" > /dev/null; }
once_each() { [ "$(cat "$W/data"/starts.* | wc -l)" = "$1" ] && [ ! -e "$W/data/double" ]; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$W/state/cleatd.lock")/status"; }

@test "R22: many containers that always come back do so with the daemon, each once, also when it dies in the middle" {
	n=20
	[ -z "${CLEAT_LONG:-}" ] || n=500
	mkdir -p "$W/data"
	for i in $(seq "$n"); do
		cleat run -d --name "boot$i" --restart always -v "$W/data:/data" --rootfs "$W/rootfs:O" sh -c \
			"exec 9>>/data/lock.$i; flock -n 9 || echo double >> /data/double; echo x >> /data/starts.$i; exec sleep 100000" > /dev/null
	done
	# shellcheck disable=SC2046
	cleat stop -t 0 $(seq -f "boot%g" "$n") > /dev/null
	rm -f "$W/data"/starts.*
	end_process "$(cat "$W/state/cleatd.lock")"
	cleat ps > /dev/null
	until_true 60 some_start
	daemon_dies
	daemon_dies
	until_true 240 all_back "$n"
	until_true 10 once_each "$n"
	[ "$(find "/proc/$(cat "$W/state/cleatd.lock")/task" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
	[ "${CLEAT_SANITIZED:-0}" = 1 ] || [ "$(memory)" -lt $((6144 + n * 20)) ] || { memory >&2; false; }
	# shellcheck disable=SC2046
	cleat rm -f $(seq -f "boot%g" "$n") > /dev/null
}

# A shim that does not start before it may, and counts how many are about to.
counted_shim() {
	mkdir "$W/starting"
	cat > "$W/counted" <<-EOF
		#!/bin/bash
		[[ " \$* " == *" start "* ]] || exec "$CLEAT_BIN/containerd-shim-cleat-v2" "\$@"
		touch "$W/starting/\$\$"
		ls "$W/starting" | wc -l >> "$W/counts"
		until [ -e "$W/go" ]; do read -rt 0.02 <> <(:) || :; done
		"$CLEAT_BIN/containerd-shim-cleat-v2" "\$@"
		status=\$?
		rm "$W/starting/\$\$"
		exit \$status
	EOF
	chmod 755 "$W/counted"
	printf 'boot-parallel = 3\n[shim/counted]\nbinary = %s\n' "$W/counted" >> "$CLEAT_CONFIG"
}

@test "R22: never more than boot-parallel of them are being started" {
	end_process "$(cat "$W/state/cleatd.lock")"
	counted_shim
	touch "$W/go"
	for i in $(seq 10); do
		cleat run -d --name "boot$i" --runtime counted --restart always --rootfs "$W/rootfs:O" sleep 100000 > /dev/null
	done
	# shellcheck disable=SC2046
	cleat stop -t 0 $(seq -f "boot%g" 10) > /dev/null
	end_process "$(cat "$W/state/cleatd.lock")"
	rm "$W/go" "$W/counts"
	cleat ps > /dev/null
	about_to() { [ "$(find "$W/starting" -type f | wc -l)" = "$1" ]; }
	until_true 20 about_to 3
	touch "$W/go"
	until_true 60 all_back 10
	[ "$(sort -n "$W/counts" | tail -1)" = 3 ]
	# shellcheck disable=SC2046
	cleat rm -f $(seq -f "boot%g" 10) > /dev/null
}
