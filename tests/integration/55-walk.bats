#!/usr/bin/env bats
# Eight containers, random operations, daemon and shims killed in between; and many containers at once.
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
	[ -z "${CLEAT_LONG:-}" ] || steps=10000
	CLEAT_BIN=$CLEAT_BIN "$STORY_DIR/lib/walk.py" "${WALK_STEPS:-$steps}" "${WALK_SEED:-$(date +%s)}"
}

all_back() {
	# shellcheck disable=SC2046
	cleat inspect $(seq -f "boot%g" "$1") | jq -e 'all(.State.Status == "running" and .RestartCount == 1)' > /dev/null
}

@test "R22: many containers that always come back do so with the daemon, each once" {
	n=20
	[ -z "${CLEAT_LONG:-}" ] || n=500
	for i in $(seq "$n"); do
		cleat run -d --name "boot$i" --restart always --rootfs "$W/rootfs:O" sleep 100000 > /dev/null
	done
	# shellcheck disable=SC2046
	cleat stop -t 0 $(seq -f "boot%g" "$n") > /dev/null
	end_process "$(cat "$W/state/cleatd.lock")"
	cleat ps > /dev/null
	until_true 120 all_back "$n"
	# shellcheck disable=SC2046
	cleat rm -f $(seq -f "boot%g" "$n") > /dev/null
}
