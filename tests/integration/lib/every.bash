# every.bash - a command of cleat-oci, harmed at each system call of its process tree, and what must hold afterwards.
# shellcheck shell=bash
#
# A file loads it, sets ID=x and calls every_world in setup; EVERY_FROM, EVERY_STEP: by hand.

EVERY_CALL=${EVERY_CALL:-$CLEAT_BIN/../tests/every-call}
SECCOMP='{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
	syscalls: [{names: ["kexec_load", "add_key"], action: "SCMP_ACT_ERRNO"}]}'

# What the container is, in its own words: the same whatever failed on the way, or it may not start.
# Without the sources of mounts: those of tmpfs and the like are only words, and fsconfig may refuse them.
cat_self='grep -E "^(Uid|Gid|Groups|Cap|NoNew|Seccomp:)" /proc/self/status; grep -v "Max pending" /proc/self/limits; umask; hostname; pwd
	cut -d" " -f5- /proc/self/mountinfo | sed "s/[a-z]*:[0-9]*//g; s/ - \\([^ ]*\\) [^ ]*/ - \\1/"; ls /dev; cat /proc/self/oom_score_adj; ls /proc/self/fd | wc -l; echo works'

# every_world NAME: a bundle, and in $W/is what its program says of its surroundings.
every_world() {
	oci_world "$1"
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
every_world_end() { rm -rf "$OCI_ROOT"/.plugins; oci_world_end; }

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

# calls_of COMMAND...: how many calls an unharmed one takes.
calls_of() {
	HARM=caller K=0
	harm "$@"
	awk '{print $2}' "$W/told"
}

# sample TOTAL WANTED: numbers of calls, spread over all, from a place that is another one each time.
# CLEAT_LONG=1: every call, and some more: their number varies.
sample() {
	local step=${EVERY_STEP:-$([ -n "${CLEAT_LONG:-}" ] && echo 1 || echo $(($1 / $2 + 1)))}
	seq "${EVERY_FROM:-$((RANDOM % step + 1))}" "$step" $(($1 + 10))
}

# every TOTAL WANTED HARM: one HARM K for a sample of the calls; one returns 1 when there was no K-th call.
every() {
	local k n=0
	for k in $(sample "$1" "$2"); do
		one "$3" "$k" || continue
		n=$((n + 1))
	done
	echo "# $3: $n of $1 calls" >&3
	[ -n "${EVERY_FROM:-}" ] || [ "$n" -ge $(($2 / 2)) ] || { echo "only $n calls were harmed" >&2; return 1; }
	[ ! -s "$W/bad" ]
}

# harm COMMAND...: cleat-oci, harmed at call $K with $HARM. Sets STATUS and WHERE ("none": there is no such call).
harm() {
	"$EVERY_CALL" "$HARM" "$K" "$W/pids" "$W/told" cleat-oci --root "$OCI_ROOT" "$@" < /dev/null > "$W/out" 2> "$W/err" 3>&-
	read -r STATUS _ WHERE < "$W/told"
}

# A call that is slow harms nobody; an error is one line. A program that did not begin (the loader's own failures, early calls) may say what it likes.
one_sentence() {
	[ "$HARM" != delay ] || bad "a slow call makes $1 fail: $(< "$W/err")"
	case $STATUS in
	124) bad "$1 does not end" ;;
	127 | 134 | 139) [ "$K" -lt 100 ] || bad "$1 ends with $STATUS" ;;
	137) ;;
	*) [ "$(wc -l < "$W/err")" = 1 ] || bad "$1 ends with $STATUS and says: $(< "$W/err")" ;;
	esac
}
