#!/usr/bin/env bats
# The same documents under cleat-oci, runc and crun: what a program sees there (lib/differential.py).
load lib

setup() { W=$(mktemp -d /tmp/cleat-story-differential.XXXXXX); }
teardown() { rm -rf --one-file-system "$W"; }

# The short form takes every sixth feature alone and some together; the long one all, and many more.
@test "what a program sees is what it sees with runc or crun, or the difference has a reason" {
	if [ "${CLEAT_LONG:-}" = 1 ]; then
		seed=${CLEAT_SEED:-$(date +%s)}
		run python3 "$STORY_DIR/lib/differential.py" --seed "$seed" --cases 400 "$W"
	else
		run python3 "$STORY_DIR/lib/differential.py" --seed "${CLEAT_SEED:-5}" --singles 6 --cases 15 "$W"
	fi
	echo "$output"
	status_is 0
	says "seed "
	[[ ${lines[-1]} =~ ^[0-9]+\ cases ]]
	[ "${lines[-1]%% *}" -gt 70 ]
}
