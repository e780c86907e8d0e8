#!/usr/bin/env bats
# cleat-oci create, harmed at every system call of its process tree: a process is killed there, or the call fails, or it is slow.
# tests/run takes a sample with an offset that moves; CLEAT_LONG=1 takes every call.
load lib
load lib/oci
load lib/every

setup_file() { oci_rootfs; }
setup() { every_world every; }
teardown() { every_world_end; }

# one HARM K: returns 1 when there is no K-th call.
one() {
	HARM=$1 K=$2
	harm create -b "$BUNDLE" "$ID"
	[ "$WHERE" != none ] || { deleted "an unharmed create"; return 1; }
	case $HARM:$STATUS in
	delay:0) works "a slow create" ;;
	delay:*) bad "a slow call makes create fail: $(< "$W/err")"; deleted "it" ;;
	caller:0 | last:0) deleted "a create whose container was killed" ;;
	*:0)
		# Which call the K-th is varies: it may be init's own, after create has said yes. Then it has stopped.
		if [[ $WHERE != 0:* ]] && [ "$(oci state "$ID" 2> /dev/null | jq -r .status)" = stopped ]; then
			deleted "a create whose container was hurt afterwards"
		else
			works "create"
		fi
		;;
	*:124) bad "create does not end"; deleted "a hanging create" ;;
	first:* | *:137) deleted "a killed create" ;;
	*:1)
		[ "$(wc -l < "$W/err")" = 1 ] || bad "create says: $(< "$W/err")"
		nothing_left "a failed create"
		deleted "a failed create"
		;;
	*:127 | *:134 | *:139) # the C library cannot start a program; it must not have begun anything
		[ "$K" -lt 100 ] || bad "create ends with $STATUS"
		nothing_left "a create that did not begin"
		;;
	*) bad "create ends with $STATUS: $(< "$W/err")"; deleted "it" ;;
	esac
	: > "$W/pids"
	[ $((K % 16)) != 0 ] || again
}

# The same id once more, without harm.
again() {
	oci create -b "$BUNDLE" "$ID" < /dev/null > "$W/out" 2> "$W/err" 3>&- || { bad "no new container: $(< "$W/err")"; return; }
	works "the next container"
}

# all HARM
all() {
	local total
	total=$(calls_of create -b "$BUNDLE" "$ID")
	LIMITS=$(limits_of)
	: > "$W/pids"
	works "the first container"
	every "$total" 40 "$1"
	K=0 again
	[ ! -s "$W/bad" ]
}

@test "the process that makes the call is killed" { all caller; }
@test "cleat-oci is killed, whoever makes the call" { all first; }
@test "the youngest process is killed" { all last; }
@test "the call returns EIO" { all EIO; }
@test "the call returns ENOMEM" { all ENOMEM; }
@test "the call returns ENOSPC" { all ENOSPC; }
@test "the call is slow" { all delay; }
