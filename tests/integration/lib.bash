# lib.bash - what every story needs: programs, a world of its own, and the proof that nothing is left.
# shellcheck shell=bash
#
# CLEAT_BIN is the directory of the programs (ctest sets it; default: build/bin of this tree).
# Each bats file gets one world: $W with an own cleat.ini, root, state, cgroup parent and daemon.

STORY_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$STORY_DIR/../.." && pwd)
CLEAT_BIN=${CLEAT_BIN:-$TOP/build/bin}
export PATH="$CLEAT_BIN:$PATH:/usr/sbin:/sbin"
export LC_ALL=C.UTF-8 LSAN_OPTIONS=${LSAN_OPTIONS:-} ASAN_OPTIONS=${ASAN_OPTIONS:-}

# ---- a world ---------------------------------------------------------------------------------------

# world_make NAME: in setup_file. Exports W, CLEAT_CONFIG, CGP (its cgroup parent).
world_make() {
	W=$(mktemp -d "/tmp/cleat-story-$1.XXXXXX")
	CGP=/cleat-story-$1-$$
	export W CGP
	mkdir "$W/root" "$W/state"
	chmod 700 "$W"
	world_ini > "$W/cleat.ini"
	export CLEAT_CONFIG=$W/cleat.ini
	mounts_now > "$W/mounts.before"
}

# The ini of a world; arguments are further lines of [cleat].
world_ini() {
	printf '[cleat]\nroot = %s/root\nstate = %s/state\ncgroup-parent = %s\n' "$W" "$W" "$CGP"
	printf '%s\n' "$@"
}

# world_end: in teardown_file. Removes all containers, ends the daemon, and fails when something is left.
world_end() {
	local status=0 ids pid
	ids=$(cleat ps -aq 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || cleat rm -f $ids > /dev/null || status=1
	pid=$(daemon_pid) && [ -n "$pid" ] && end_process "$pid"
	leaks || status=1
	cgroups_remove
	rm -rf --one-file-system "$W" || status=1
	return $status
}

daemon_pid() {
	local pid dir
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[ "$(readlink "$dir/exe" 2>/dev/null)" = "$(readlink -f "$CLEAT_BIN/cleatd")" ] || continue
		tr '\0' '\n' 2>/dev/null < "$dir/environ" | grep -qx "CLEAT_CONFIG=$CLEAT_CONFIG" ||
			tr '\0' '\n' 2>/dev/null < "$dir/cmdline" | grep -qx -- "$CLEAT_CONFIG" || continue
		gone "$pid" || { echo "$pid"; return 0; }
	done
	return 1
}

# ---- processes -------------------------------------------------------------------------------------

# gone PID: is it absent, or a zombie whose parent is PID 1 (which reaps every 2 s here)?
gone() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	stat=${stat##*) }
	[ "${stat%% *}" = Z ]
}

# until_true SECONDS COMMAND...: wait for a thing, never for a time.
until_true() {
	local end=$((SECONDS + $1))
	shift
	while ! "$@"; do
		[ $SECONDS -lt $end ] || { echo "not within the limit: $*" >&2; return 1; }
		read -rt 0.05 <> <(:) || :
	done
}

end_process() {
	kill "$1" 2>/dev/null || return 0
	until_true 10 gone "$1" || { kill -9 "$1"; until_true 5 gone "$1"; }
}

# ---- what must not be left ---------------------------------------------------------------------------

# On a machine where others mount things too (STORY_SHARED=1) only those that name this world count.
mounts_now() {
	if [ -n "${STORY_SHARED:-}" ]; then
		grep -F "$W" /proc/self/mountinfo | cut -d' ' -f3,5 | sort
	else
		cut -d' ' -f3,5 /proc/self/mountinfo | sort
	fi
}

cgroup_dirs() { find /sys/fs/cgroup -type d -path "*$CGP*" 2>/dev/null; }

# Leaf first; a story's parent cgroup itself is not a leak of cleat's.
cgroups_remove() { cgroup_dirs | sort -r | while read -r d; do rmdir "$d" 2>/dev/null; done; return 0; }

leaks() {
	local status=0 left pid dir
	mounts_now > "$W/mounts.after"
	diff "$W/mounts.before" "$W/mounts.after" > "$W/mounts.diff" ||
		{ echo "mounts left:"; cat "$W/mounts.diff"; status=1; }
	left=$(cgroup_dirs | grep -E "$CGP/.+")
	[ -z "$left" ] || { echo "cgroups left: $left"; status=1; }
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[ "$pid" = $$ ] && continue
		case $(readlink "$dir/cwd" 2>/dev/null) in "$W"/state/*) ;; *) continue ;; esac
		# A shim answers "I go" before it goes; nobody waits for it but init.
		until_true 15 gone "$pid" || { echo "process left: $pid $(tr '\0' ' ' < "$dir/cmdline")"; status=1; }
	done
	left=$(find "$W/state" -mindepth 2 -path '*/default/*' 2>/dev/null | head -5)
	[ -z "$left" ] || { echo "state left: $left"; status=1; }
	return $status
} >&2

# ---- root filesystems -------------------------------------------------------------------------------

STORY_CACHE=${STORY_CACHE:-/var/cache/cleat-tests}

# busybox_root DIR: a small real root filesystem. Made once, then copied: it has hundreds of links.
busybox_root() {
	local model=$STORY_CACHE/busybox
	[ -e "$model/etc/group" ] || busybox_model "$model"
	mkdir -p "$1"
	cp -a "$model/." "$1/"
}

busybox_model() {
	local made
	made=$(mktemp -d "$1.XXXXXX" 2>/dev/null) || { mkdir -p "${1%/*}" && made=$(mktemp -d "$1.XXXXXX"); }
	chmod 755 "$made"
	mkdir -p "$made"/{bin,dev,proc,sys,tmp,etc,root,run,home/user}
	cp /bin/busybox "$made/bin/busybox"
	(cd "$made/bin" && ./busybox --list | grep -vx busybox | xargs -n1 ln -s busybox)
	chmod 1777 "$made/tmp"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' > "$made/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\nextra:x:50:user\n' > "$made/etc/group"
	mv -T "$made" "$1" 2>/dev/null || rm -rf "$made"
}

# with_flock ROOTFS: flock(1), so that a program can tell whether another one of it lives; busybox has none.
with_flock() {
	local file
	for file in $(command -v flock) $(ldd "$(command -v flock)" | grep -o '/[^ ]*'); do
		mkdir -p "$1$(dirname "$file")"
		cp -L "$file" "$1$file"
	done
	cp "$(command -v flock)" "$1/bin/flock"
}

# debian_tar: path of a tar of a real Debian, made once per machine.
debian_tar() {
	mkdir -p "$STORY_CACHE"
	if [ ! -s "$STORY_CACHE/debian.tar" ]; then
		mmdebstrap --variant=minbase --quiet bookworm "$STORY_CACHE/debian.tar.part" >&2 &&
			mv "$STORY_CACHE/debian.tar.part" "$STORY_CACHE/debian.tar" || return 1
	fi
	echo "$STORY_CACHE/debian.tar"
}

# busybox_image NAME: import a busybox root as image NAME into this world.
busybox_image() {
	busybox_root "$W/busybox"
	cleat image import "$W/busybox" "$1"
}

# ---- assertions --------------------------------------------------------------------------------------

# not COMMAND...: it must fail. "! COMMAND" cannot fail a test: the shell exempts it from set -e.
not() { ! "$@"; }

# After `run`: status_is N; says_ TEXT: output contains it; one_line: exactly one line of output.
status_is() { [ "$status" -eq "$1" ] || { echo "status $status, not $1; output: $output" >&2; return 1; }; }
says() { [[ $output == *"$1"* ]] || { echo "output lacks '$1': $output" >&2; return 1; }; }
says_not() { [[ $output != *"$1"* ]] || { echo "output has '$1': $output" >&2; return 1; }; }
one_line() { [ "$(printf '%s\n' "$output" | wc -l)" -eq 1 ] || { echo "not one line: $output" >&2; return 1; }; }

# ---- OCI bundles ---------------------------------------------------------------------------------------

# oci_world NAME: a directory W for bundles, without a daemon. oci_world_end checks that nothing is left.
oci_world() {
	W=$(mktemp -d "/tmp/cleat-story-$1.XXXXXX")
	CGP=/cleat-story-$1-$$
	OCI_ROOT=$W/oci
	export W CGP OCI_ROOT
	mkdir "$OCI_ROOT" "$W/state" "$W/HOSTDIR"
	echo untouched > "$W/CANARY"
	chmod 600 "$W/CANARY"
	mounts_now > "$W/mounts.before"
	cat /proc/sys/kernel/core_pattern > "$W/core_pattern"
}

oci() { cleat-oci --root "$OCI_ROOT" "$@"; }

oci_world_end() {
	local status=0 id
	for id in $(oci list -q 2>/dev/null); do oci delete -f "$id" || status=1; done
	canaries || status=1
	[ -z "$(ls "$OCI_ROOT")" ] || { echo "containers left: $(ls "$OCI_ROOT")" >&2; status=1; }
	leaks || status=1
	cgroups_remove
	rm -rf --one-file-system "$W" || status=1
	return $status
}

# The host's files are as before: what an escape would have changed.
canaries() {
	[ "$(cat "$W/CANARY")" = untouched ] || { echo "CANARY was changed" >&2; return 1; }
	[ -z "$(ls -A "$W/HOSTDIR")" ] || { echo "HOSTDIR holds $(ls -A "$W/HOSTDIR")" >&2; return 1; }
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$(cat "$W/core_pattern")" ] ||
		{ cat "$W/core_pattern" > /proc/sys/kernel/core_pattern; echo "core_pattern was changed" >&2; return 1; }
}

# bundle NAME [JQ-FILTER]: $B = $W/NAME with a busybox root and the default config, edited by the filter.
bundle() {
	B=$W/$1
	mkdir -p "$B"
	busybox_root "$B/rootfs"
	(cd "$B" && rm -f config.json && cleat-oci spec)
	edit ".process.terminal = false | .process.args = [\"true\"] | .linux.cgroupsPath = \"$CGP/$1\" | .root.readonly = false"
	[ -z "${2:-}" ] || edit "$2"
}

edit() { jq "$1" "$B/config.json" > "$B/config.new" && mv "$B/config.new" "$B/config.json"; }

# runs ARGS...: run the program in the current bundle; fails: it must not start, in one line, leaving nothing.
runs() { edit ".process.args = $(jq -nc '$ARGS.positional' --args -- "$@")"; run oci run -b "$B" "$(basename "$B")"; }
fails() {
	run oci run -b "$B" "$(basename "$B")"
	[ "$status" -ne 0 ] || { echo "it started: $output" >&2; return 1; }
	one_line || return 1
	[ ! -e "$OCI_ROOT/$(basename "$B")" ] || { echo "its state directory is left" >&2; return 1; }
}
