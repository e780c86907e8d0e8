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
