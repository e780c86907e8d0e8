#!/usr/bin/env bats
# cleat-oci: which command is legal in which state, with the texts that callers match on.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world states; }
teardown() { oci_world_end; }

command_words() {
	words=("${@/#@ID/$ID}")
	words=("${words[@]/#@BUNDLE/$BUNDLE}")
}

# allowed STATE COMMAND... : exit 0. @ID and @BUNDLE in COMMAND stand for the container's.
allowed() {
	reach "$1"
	shift
	command_words "$@"
	captured oci "${words[@]}"
	status_is 0
}

# refused STATE TEXT COMMAND... : exit 1 (255 for exec), TEXT in the one line, and the state is as before.
refused() {
	local before=$1 text=$2
	reach "$1"
	shift 2
	command_words "$@"
	captured oci "${words[@]}"
	[ "$status" -ne 0 ] || { echo "allowed in $before: $*" >&2; return 1; }
	one_line
	says "${text/@ID/$ID}"
	[ "$before" = none ] || in_state "$before"
}

@test "create: only with a new id" {
	allowed none create -b @BUNDLE @ID
	in_state created
	for state in created running paused stopped; do
		refused $state "container with given ID already exists" create -b @BUNDLE @ID
	done
}

@test "run: only with a new id" {
	for state in created running paused stopped; do
		refused $state "container with given ID already exists" run -d -b @BUNDLE @ID
	done
}

@test "start: only what is created" {
	refused none "container does not exist" start @ID
	allowed created start @ID
	in_state running
	refused running "cannot start an already running container" start @ID
	refused paused "cannot start a container in the paused state" start @ID
	refused stopped "cannot start a container that has stopped" start @ID
}

@test "exec: in created and running ones, and paused ones with a flag" {
	refused none "container does not exist" exec @ID true
	[ "$status" -eq 255 ]
	allowed created exec @ID true
	in_state created
	allowed running exec @ID true
	in_state running
	refused paused "cannot exec in a paused container (use --ignore-paused to override)" exec @ID true
	refused stopped "cannot exec in a stopped container" exec @ID true
	[ "$status" -eq 255 ]
}

@test "kill: whatever lives" {
	refused none "container does not exist" kill @ID KILL
	for state in created running paused; do
		allowed $state kill @ID KILL
		until_true 5 in_state stopped
	done
	refused stopped "container not running" kill @ID KILL
	allowed stopped kill --all @ID KILL
}

@test "kill: a signal to a frozen container waits until it thaws" {
	ID=frozen
	oci_config '.process.args = ["sh", "-c", "trap \"exit 3\" TERM; echo ready; sleep 1000 & wait"]'
	captured oci run -d -b "$BUNDLE" "$ID"
	until_true 5 grep -q ready "$W/captured"
	oci pause "$ID"
	oci kill "$ID" TERM
	in_state paused
	oci resume "$ID"
	until_true 5 in_state stopped
}

@test "delete: what is stopped, and what never ran" {
	refused none "container does not exist" delete @ID
	allowed created delete @ID
	absent
	refused running "cannot delete container @ID that is not stopped: running" delete @ID
	refused paused "cannot delete container @ID that is not stopped: paused" delete @ID
	allowed stopped delete @ID
	absent
}

@test "delete --force: everything, also what is not there" {
	for state in none created running paused stopped; do
		allowed $state delete --force @ID
		[ -z "$output" ]
		absent
	done
}

@test "update: whatever lives" {
	refused none "container does not exist" update --pids-limit 50 @ID
	for state in created running paused; do
		allowed $state update --pids-limit 50 @ID
		in_state $state
	done
	refused stopped "container not running" update --pids-limit 50 @ID
}

@test "update: takes a document from standard input" {
	reach running
	oci update --resources - "$ID" <<< '{"memory": {"limit": 33554432}}'
	[ "$(cat "/sys/fs/cgroup/memory$CGP/$ID/memory.limit_in_bytes" 2>/dev/null ||
		cat "/sys/fs/cgroup$CGP/$ID/memory.max")" = 33554432 ]
	run oci update --resources - "$ID" <<< '{"memory": {"limit": "lots"}}'
	[ "$status" -ne 0 ]
	run oci update "$ID"
	says "nothing to update"
}

@test "state and list: everything that exists" {
	refused none "container does not exist" state @ID
	for state in created running paused stopped; do
		allowed $state state @ID
		[ "$(jq -r '.id, .status' <<< "$output")" = "$ID"$'\n'"$state" ]
		[ "$(jq -r .bundle <<< "$output")" = "$BUNDLE" ]
		case $state in
		stopped) [ "$(jq .pid <<< "$output")" = 0 ] ;;
		*) [ -d "/proc/$(jq .pid <<< "$output")" ] ;;
		esac
		[ "$(oci list -f json | jq -r ".[] | select(.id == \"$ID\") | .status, .owner")" = "$state"$'\nroot' ]
		oci list | grep -qE "^$ID +[0-9]+ +$state +$BUNDLE +20[0-9TZ:.-]+ +root$"
		oci list -q | grep -qx "$ID"
	done
	[ "$(oci list -q | wc -l)" -eq 4 ]
}

@test "list: an empty one is a list" {
	[ "$(oci list -f json)" = "[]" ]
	[ -z "$(oci list -q)" ]
	[ "$(oci list | wc -l)" -eq 1 ]
}

@test "events --stats: whatever lives" {
	refused none "container does not exist" events --stats @ID
	for state in created running paused; do
		allowed $state events --stats @ID
		[ "$(jq -r '.type, .id' <<< "$output")" = "stats"$'\n'"$ID" ]
		[ "$(jq '.data.pids.current' <<< "$output")" -ge 1 ]
	done
	refused stopped "container with id @ID is not running" events --stats @ID
}

@test "ps: whatever exists" {
	refused none "container does not exist" ps @ID
	reach running
	[ "$(oci ps -f json "$ID" | jq length)" -eq 1 ]
	[ "$(oci ps -f json "$ID" | jq '.[0]')" = "$(oci state "$ID" | jq .pid)" ]
	oci ps "$ID" | grep -q "sleep 1000"
	[ "$(oci ps "$ID" -o pid,comm | wc -l)" -eq 2 ]
	allowed paused ps -f json @ID
}

@test "pause: created and running ones" {
	refused none "container does not exist" pause @ID
	allowed created pause @ID
	in_state paused
	allowed running pause @ID
	in_state paused
	refused paused "container not running" pause @ID
	refused stopped "container not running" pause @ID
}

@test "resume: paused ones, back to where they were" {
	refused none "container does not exist" resume @ID
	refused created "container not paused" resume @ID
	refused running "container not paused" resume @ID
	allowed paused resume @ID
	in_state running
	refused stopped "container not paused" resume @ID
	reach created
	oci pause "$ID"
	oci resume "$ID"
	in_state created
	oci start "$ID"
	in_state running
}

@test "checkpoint: only what runs; restore: only with a new id" {
	refused none "container does not exist" checkpoint @ID
	refused created "Container cannot be checkpointed in created state" checkpoint @ID
	refused stopped "Container cannot be checkpointed in stopped state" checkpoint @ID
	mkdir "$W/images"
	for state in created running paused stopped; do
		refused $state "container with given ID already exists" restore --image-path "$W/images" -b @BUNDLE @ID
	done
}

@test "an id can be used again after delete" {
	ID=again
	oci_config '.process.args = ["true"]'
	for _ in 1 2 3; do
		oci run -b "$BUNDLE" again
		absent
	done
}

@test "a container that ended by itself is stopped, with a zombie of it too" {
	ID=zombie
	oci_config '.process.args = ["true"]'
	# The parent of init is a subreaper that never reaps (R17).
	python3 "$STORY_DIR/lib/careless_parent.py" cleat-oci --root "$OCI_ROOT" run -d -b "$BUNDLE" zombie > /dev/null 2>&1 3>&- &
	local parent=$!
	until_true 5 in_state stopped
	run oci kill zombie KILL
	says "container not running"
	oci delete zombie
	end_process $parent
}
