#!/usr/bin/env bats
# cleat-oci: many callers at once, and callers that are killed. Whatever happens, `delete --force` clears it.
# CLEAT_LONG=1 runs each for a minute.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() {
	oci_world races
	SECONDS_EACH=$([ -n "${CLEAT_LONG:-}" ] && echo 60 || echo 6)
	IDS=(a b c)
	for ID in "${IDS[@]}"; do oci_config '.process.args = ["sh", "-c", "sleep 100 & sleep 0.3"]'; done
}
teardown() { oci_world_end; }

# A random command on a random id.
command_for() {
	case $((RANDOM % 9)) in
	0 | 1) echo create -b "$W/bundle-$1" "$1" ;;
	2) echo start "$1" ;;
	3) echo kill "$1" KILL ;;
	4) echo delete -f "$1" ;;
	5) echo state "$1" ;;
	6) echo pause "$1" ;;
	7) echo resume "$1" ;;
	8) echo exec "$1" true ;;
	esac
}

worker() {
	local end=$((SECONDS + SECONDS_EACH)) status out=$W/out.$1
	RANDOM=$1
	while [ $SECONDS -lt $end ]; do
		# shellcheck disable=SC2046
		set -- $(command_for "${IDS[RANDOM % 3]}")
		status=0
		timeout -s ABRT 20 cleat-oci --root "$OCI_ROOT" "$@" > "$out" 2>&1 < /dev/null || status=$?
		# 0, 1, 255 and the end of an exec by a signal are fine; a crash or a hang is not.
		case $status in 0 | 1 | 255 | 137) echo "$1 $status" >> "$W/done" ;; *) echo "$* ended with $status: $(cat "$out")" >> "$W/bad" ;; esac
	done
}

@test "four callers work on three ids at once (R9)" {
	for seed in 1 2 3 4; do worker $seed 3>&- & done
	wait
	sort "$W/done" | uniq -c | sort -rn | head -20
	[ ! -e "$W/bad" ] || { cat "$W/bad" >&2; false; }
	[ "$(grep -c 'create 0' "$W/done")" -ge 3 ]
	for ID in "${IDS[@]}"; do oci delete -f "$ID"; absent; done
}

has_open() { ls -l "/proc/$1/fd" 2> /dev/null | grep -q -- "-> $2\$"; }

is_stopped() { grep -q '^State:.*[Tt] (' "/proc/$1/status"; }

# Who comes late must look whether the name still means what it opened: here it means a new container.
@test "a delete that waited for its turn leaves the container that has taken the name" {
	ID=late-delete
	oci_config
	mkdir "$OCI_ROOT/$ID" # what a killed create leaves
	exec 8< "$OCI_ROOT/$ID"
	flock -x 8
	cleat-oci --root "$OCI_ROOT" delete -f "$ID" 3>&- 8<&- &
	local pid=$!
	until_true 5 has_open $pid "$OCI_ROOT/$ID"
	rmdir "$OCI_ROOT/$ID"
	captured oci create -b "$BUNDLE" "$ID" 8<&-
	status_is 0
	exec 8<&-
	wait $pid
	in_state created
	oci delete -f "$ID"
	absent
}

@test "a create that was overtaken by a delete and a create leaves the container of the other" {
	ID=late-create
	oci_config
	strace -o /dev/null -P "$ID" -e trace=mkdirat -e inject=mkdirat:signal=SIGSTOP \
		cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID" > "$W/late" 2>&1 < /dev/null 3>&- &
	local tracer=$! pid
	until_true 5 test -e "$OCI_ROOT/$ID"
	pid=$(pgrep -P $tracer)
	until_true 5 is_stopped "$pid"
	oci delete -f "$ID"
	absent
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	kill -CONT "$pid"
	status=0
	wait $tracer || status=$?
	status_is 1
	output=$(cat "$W/late")
	says "container with given ID already exists"
	in_state created
	oci delete -f "$ID"
	absent
}

@test "a run whose container was replaced leaves the new one" {
	ID=late-run
	oci_config
	cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID" > "$W/late" 2>&1 < /dev/null 3>&- &
	local pid=$!
	until_true 5 in_state running
	kill -STOP $pid
	until_true 5 is_stopped $pid
	oci delete -f "$ID"
	absent
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	kill -CONT $pid
	status=0
	wait $pid || status=$?
	status_is 137
	[ ! -s "$W/late" ] || { cat "$W/late" >&2; false; }
	in_state created
	oci delete -f "$ID"
	absent
}

# Frozen before it is made, init would never be made: create would wait for ever.
@test "a pause waits for the create that is under way" {
	ID=early-pause
	mkfifo "$W/go"
	oci_config ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo > $W/in-hook; cat $W/go\"]}]"
	cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID" > "$W/create" 2>&1 < /dev/null 3>&- &
	local creator=$! pauser
	until_true 5 test -e "$W/in-hook"
	cleat-oci --root "$OCI_ROOT" pause "$ID" 3>&- &
	pauser=$!
	until_true 5 has_open $pauser "$OCI_ROOT/$ID"
	echo > "$W/go"
	until_true 8 gone $creator
	wait $creator
	wait $pauser
	in_state paused
	oci delete -f "$ID"
	absent
}

@test "callers are killed at any moment (R1, R27)" {
	local end=$((SECONDS + SECONDS_EACH)) pid
	RANDOM=7
	while [ $SECONDS -lt $end ]; do
		ID=${IDS[RANDOM % 3]}
		# shellcheck disable=SC2046
		cleat-oci --root "$OCI_ROOT" $(command_for "$ID") > /dev/null 2>&1 < /dev/null 3>&- &
		pid=$!
		sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
		kill -9 $pid 2> /dev/null || :
		wait $pid 2> /dev/null || :
	done
	for ID in "${IDS[@]}"; do
		timeout 20 cleat-oci --root "$OCI_ROOT" delete -f "$ID"
		absent
		captured oci create -b "$W/bundle-$ID" "$ID"
		status_is 0
	done
}

@test "a storm of signals to run, each of which is passed on or harmless (R25)" {
	ID=storm
	oci_config '.process.args = ["sh", "-c", "trap : HUP USR1 USR2 TERM; echo ready; n=0; while [ $n -lt 20 ]; do sleep 0.1; n=$((n+1)); done; exit 3"]'
	cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID" > "$W/out" 2>&1 3>&- &
	local pid=$!
	until_true 5 grep -q ready "$W/out"
	for _ in {1..300}; do
		for signal in HUP USR1 WINCH CHLD TERM URG; do kill -$signal $pid 2> /dev/null || :; done
	done
	status=0
	wait $pid || status=$?
	status_is 3
}
