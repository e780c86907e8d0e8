#!/usr/bin/env bats
# cleat-oci start, exec, delete and run, harmed at every system call of their process trees (create: 23-every-call.bats):
# somebody is killed, the call fails, or it is slow.
# tests/run takes a sample of each, CLEAT_LONG=1 every call.
load lib
load lib/oci
load lib/every

setup_file() { oci_rootfs; }
setup() { every_world command; }
teardown() { every_world_end; }

HARMS="caller first delay EIO ENOMEM ENOSPC"

status_of() { oci state "$ID" 2> /dev/null | jq -r .status; }
in_status() { [ "$(status_of)" = "$1" ]; }
created() { oci create -b "$BUNDLE" "$ID" < /dev/null > "$W/life" 2>&1 3>&- || bad "no container to harm: $(< "$W/life")"; }

# each TOTAL WANTED: all harms.
each() {
	local harm status=0
	for harm in ${EVERY_HARMS:-$HARMS}; do every "$1" "$2" "$harm" || status=1; done
	return $status
}

# ---- start ------------------------------------------------------------------------------------------

# Whatever happened, the container is what its state says: it can still be started, or it was.
one_start() {
	HARM=$1 K=$2 GONE=
	created
	harm start "$ID"
	[ "$WHERE" != none ] || { deleted "an unharmed start"; return 1; }
	[ "$STATUS" = 0 ] || one_sentence start
	case $(status_of) in
	created)
		[ "$STATUS" != 0 ] || until_true 2 in_status running 2> /dev/null || in_status stopped || bad "start says yes, but nothing runs"
		in_status created && { oci start "$ID" 2> "$W/err" || in_status running || bad "a second start: $(< "$W/err")"; }
		;;
	stopped) [ "$STATUS" = 0 ] || GONE=1 ;; # when it is not known whether a poststart hook is due, nothing goes on
	running) ;;
	*) bad "start leaves the state '$(status_of)'" ;;
	esac
	if [ -z "$GONE" ]; then
		until_true 3 grep -qx works "$W/life" 2> /dev/null || bad "after start it says: $(< "$W/life")"
		cmp -s "$W/is" "$W/life" || bad "start makes another: $(diff "$W/is" "$W/life" | head -n5)"
	fi
	deleted start
	: > "$W/pids"
}

@test "start" {
	one() { one_start "$@"; }
	HARM=none K=0 WHERE=
	created
	total=$(calls_of start "$ID")
	deleted start
	each "$total" 5
}

# ---- exec -------------------------------------------------------------------------------------------

alone() { [ "$(oci ps -f json "$ID" 2> /dev/null | jq length)" = 1 ]; }

one_exec() {
	HARM=$1 K=$2
	harm exec "$ID" sh -c "$cat_self"
	[ "$WHERE" != none ] || return 1
	case $STATUS in
	0) [ "$WHERE" = 0:157 ] || cmp -s "$W/exec-is" "$W/out" || bad "exec is another: $(diff "$W/exec-is" "$W/out" | head -n5)" ;;
	*) one_sentence exec ;;
	esac
	until_true 3 alone 2> /dev/null || bad "exec leaves a process: $(oci ps "$ID" 2>&1)"
	in_status running || bad "the container is $(status_of)"
	[ "$(ls -A "$OCI_ROOT/$ID")" = "$(< "$W/files")" ] || bad "exec leaves files: $(ls -A "$OCI_ROOT/$ID")"
	: > "$W/pids"
}

@test "exec" {
	one() { one_exec "$@"; }
	HARM=none K=0 WHERE=
	oci_config ".process.args = [\"sleep\", \"1000\"] | .linux.seccomp = $SECCOMP | .process.oomScoreAdj = 100"
	created
	oci start "$ID"
	total=$(calls_of exec "$ID" sh -c "$cat_self")
	tail -n1 "$W/out" | grep -qx works
	cp "$W/out" "$W/exec-is"
	ls -A "$OCI_ROOT/$ID" > "$W/files"
	each "$total" 5
	[ "$(oci exec "$ID" echo fine)" = fine ]
	deleted exec
}

# ---- delete -----------------------------------------------------------------------------------------

one_delete() {
	HARM=$1 K=$2
	created
	oci state "$ID" | jq .pid > "$W/init"
	harm delete -f "$ID"
	cat "$W/init" >> "$W/pids"
	[ "$WHERE" != none ] || { nothing_left "an unharmed delete"; return 1; }
	if [ "$STATUS" = 0 ]; then
		nothing_left "a delete that says yes"
	else
		one_sentence delete
	fi
	deleted "a delete that was hurt"
	: > "$W/pids"
}

@test "delete --force of a created container" {
	one() { one_delete "$@"; }
	HARM=none K=0 WHERE=
	created
	total=$(calls_of delete -f "$ID")
	each "$total" 5
}

# ---- run --------------------------------------------------------------------------------------------

one_run() {
	HARM=$1 K=$2
	harm run -b "$BUNDLE" "$ID"
	[ "$WHERE" != none ] || { nothing_left "an unharmed run"; return 1; }
	case $STATUS in
	0)
		[ "$WHERE" = 0:157 ] || cmp -s "$W/is" "$W/out" || bad "run is another: $(diff "$W/is" "$W/out" | head -n5)"
		grep -q "delete -f $ID. removes what is left" "$W/err" || nothing_left "a run that says yes"
		;;
	*) one_sentence run ;;
	esac
	deleted "a run that was hurt"
	: > "$W/pids"
}

@test "run" {
	one() { one_run "$@"; }
	HARM=none K=0 WHERE=
	total=$(calls_of run -b "$BUNDLE" "$ID")
	: > "$W/pids"
	each "$total" 5
}
