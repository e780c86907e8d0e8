#!/usr/bin/env bats
# cleat-oci create, harmed at every system call of its process tree: a process is killed there, or the call fails.
# tests/run takes a sample with an offset that moves; CLEAT_LONG=1 takes every call. EVERY_HARMS, EVERY_FROM, EVERY_STEP: by hand.
load lib
load lib/oci

EVERY_CALL=${EVERY_CALL:-$CLEAT_BIN/../tests/every-call}
SECCOMP='{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
	syscalls: [{names: ["kexec_load", "add_key"], action: "SCMP_ACT_ERRNO"}]}'

# What the container is, in its own words: the same whatever failed on the way, or it may not start.
# Without the sources of mounts: those of tmpfs and the like are only words, and fsconfig may refuse them.
cat_self='grep -E "^(Uid|Gid|Groups|Cap|NoNew|Seccomp:)" /proc/self/status; grep -v "Max pending" /proc/self/limits; umask; hostname; pwd
	cut -d" " -f5- /proc/self/mountinfo | sed "s/[a-z]*:[0-9]*//g; s/ - \\([^ ]*\\) [^ ]*/ - \\1/"; ls /dev; cat /proc/self/oom_score_adj; ls /proc/self/fd | wc -l; echo works'

setup_file() { oci_rootfs; }
setup() {
	oci_world every
	ID=x
	oci_config ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<< "$cat_self")] | .linux.seccomp = $SECCOMP |
		.linux.resources += {memory: {limit: 67108864}, pids: {limit: 64}} | .process.oomScoreAdj = 100"
	# the directories of plugins stay, and the compiled filter in them
	oci run -b "$BUNDLE" "$ID" > "$W/is"
	tail -n1 "$W/is" | grep -qx works
	mounts_now > "$W/mounts.before"
	ls -A "$OCI_ROOT" > "$W/root.before"
	: > "$W/bad"
}
teardown() { rm -rf "$OCI_ROOT"/.plugins; oci_world_end; }

bad() { echo "$HARM at call $K ($WHERE): $*" | tee -a "$W/bad" >&2; }

limits_of() { cat /sys/fs/cgroup/{memory,.}"$CGP/$ID"/memory.{limit_in_bytes,max} /sys/fs/cgroup/{pids,.}"$CGP/$ID"/pids.max 2> /dev/null || :; }

# Nothing of the container: state, record, temporary file, cgroup, mount, process.
nothing_left() {
	local left pid
	[ "$(ls -A "$OCI_ROOT")" = "$(< "$W/root.before")" ] || bad "$1 leaves in the root: $(ls -AR "$OCI_ROOT")"
	left=$(compgen -G "/sys/fs/cgroup/*$CGP/$ID*") && bad "$1 leaves ${left//$'\n'/ }"
	left=$(compgen -G "$BUNDLE/*") && [ "$left" = "$BUNDLE/config.json" ] || bad "$1 leaves in the bundle: $left"
	mounts_now > "$W/mounts.after"
	cmp -s "$W/mounts.before" "$W/mounts.after" || bad "$1 leaves mounts: $(diff "$W/mounts.before" "$W/mounts.after")"
	while read -r pid; do
		gone "$pid" || until_true 1 gone "$pid" 2> /dev/null || bad "$1 leaves process $pid: $(tr '\0' ' ' < "/proc/$pid/cmdline")"
	done < "$W/pids"
}

# A container that was created starts, is what it has to be, and can be deleted.
works() {
	local limits
	limits=$(limits_of)
	[ "$limits" = "$LIMITS" ] || bad "$1 has limits ${limits//$'\n'/ }"
	timeout 5 cleat-oci --root "$OCI_ROOT" start "$ID" 2> "$W/err" || bad "$1 does not start: $(< "$W/err")"
	until_true 3 grep -qx works "$W/out" 2> /dev/null || bad "$1 says: $(< "$W/out")"
	# 157: which capabilities there are. It fails for those that the kernel has not, and these are left out.
	[ "$WHERE" = 0:157 ] || cmp -s "$W/is" "$W/out" || bad "$1 is another: $(diff "$W/is" "$W/out" | head -n5)"
	deleted "$1"
}

deleted() {
	timeout 5 cleat-oci --root "$OCI_ROOT" delete -f "$ID" > "$W/err" 2>&1 || bad "delete -f after $1: $? $(< "$W/err")"
	nothing_left "delete -f after $1"
}

# one HARM K: returns 1 when there is no K-th call.
one() {
	local status
	HARM=$1 K=$2 WHERE=
	"$EVERY_CALL" "$HARM" "$K" "$W/pids" "$W/told" cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID" < /dev/null > "$W/out" 2> "$W/err" 3>&-
	read -r status _ WHERE < "$W/told"
	[ "$WHERE" != none ] || { deleted "an unharmed create"; return 1; }
	case $HARM:$status in
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
		[ "$K" -lt 100 ] || bad "create ends with $status"
		nothing_left "a create that did not begin"
		;;
	*) bad "create ends with $status: $(< "$W/err")"; deleted "it" ;;
	esac
	: > "$W/pids"
	[ $((K % 16)) != 0 ] || again
}

# The same id once more, without harm.
again() {
	oci create -b "$BUNDLE" "$ID" < /dev/null > "$W/out" 2> "$W/err" 3>&- || { bad "no new container: $(< "$W/err")"; return; }
	works "the next container"
}

# every HARM: all calls, or each STEP-th from a place that is another one each time.
every() {
	local step=${EVERY_STEP:-$([ -n "${CLEAT_LONG:-}" ] && echo 1 || echo 10)} k n=0 end=$((SECONDS + ${EVERY_SECONDS:-$([ -n "${CLEAT_LONG:-}" ] && echo 3600 || echo 10)}))
	HARM=none K=0 WHERE=
	oci create -b "$BUNDLE" "$ID" < /dev/null > "$W/out" 3>&-
	LIMITS=$(limits_of)
	: > "$W/pids"
	works "the first container"
	k=${EVERY_FROM:-$((RANDOM % step + 1))}
	while one "$1" "$k" && [ $SECONDS -lt $end ]; do k=$((k + step)) n=$((n + 1)); done
	K=0 again
	echo "# $1: $n calls, up to number $k" >&3
	[ "$n" -ge 10 ] || { echo "only $n calls were harmed" >&2; false; }
	[ ! -s "$W/bad" ]
}

@test "the process that makes the call is killed" { every caller; }
@test "cleat-oci is killed, whoever makes the call" { every first; }
@test "the youngest process is killed" { every last; }
@test "the call returns EIO" { every EIO; }
@test "the call returns ENOMEM" { every ENOMEM; }
@test "the call returns ENOSPC" { every ENOSPC; }
