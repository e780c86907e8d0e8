# lib.sh - stories inside the machine, told as TAP. Sourced by init, so each must mind its names.
# shellcheck shell=dash
#
# A line "#bundle NAME JQ" in a story's file becomes the bundle /b/NAME, made on the host by tests/vm/initramfs.

CG=/sys/fs/cgroup
story_number=0

# ticks: hundredths of a second since the boot.
ticks() { cut -d' ' -f1 /proc/uptime | tr -d .; }

# story NAME FUNCTION: one test; it ends at the first command that fails. What it left is cleared and is a failure.
story() {
	story_number=$((story_number + 1))
	story_began=$(ticks)
	(
		set -e
		"$2"
	) > /tmp/story 2>&1 < /dev/null
	story_status=$?
	nothing_left >> /tmp/story 2>&1 || story_status=1
	if [ $story_status = 0 ]; then
		echo "ok $story_number - $1 ($(($(ticks) - story_began))0 ms)"
	else
		echo "not ok $story_number - $1"
		tail -n 30 /tmp/story | sed 's/^/# /'
	fi
}

# No container, no process of one, no cgroup, no mount more than before.
nothing_left() {
	left_status=0
	for left in $(cleat-oci list -q 2> /dev/null); do
		[ $story_status != 0 ] || echo "container '$left' is left"
		cleat-oci delete -f "$left"
		left_status=1
	done
	for left in $([ ! -e /run/cleat/cleatd.sock ] || /cleat/bin/cleat ps -aq); do
		[ $story_status != 0 ] || echo "container '$left' is left"
		/cleat/bin/cleat rm -f "$left"
		left_status=1
	done
	# shellcheck disable=SC2044 # names of ours
	for left in $(find $CG/cleat $CG/*/cleat -mindepth 1 -depth -type d 2> /dev/null); do
		echo "cgroup '$left' is left"
		rmdir "$left" 2> /dev/null
		left_status=1
	done
	[ "$(wc -l < /proc/mounts)" = "$mounts_before" ] || { echo "mounts are left"; left_status=1; }
	return $left_status
}
mounts_before=$(wc -l < /proc/mounts)

oci() { cleat-oci "$@"; }
# up NAME [ID]: its bundle as a running container.
up() { oci run -d -b "/b/$1" "${2:-$1}" < /dev/null > "/tmp/out.${2:-$1}" 2>&1 || { cat "/tmp/out.${2:-$1}"; return 1; }; }
down() { for down_id; do oci delete -f "$down_id" || return 1; done; }
# cg ID FILE: what the kernel says.
cg() { cat "$CG/cleat/$1/$2"; }
key() { sed -n "s/^$1 //p"; }
# is WANTED GOT [WHAT]
is() { [ "$1" = "$2" ] || { echo "${3:-it} is '$2', not '$1'"; return 1; }; }
# says TEXT WORD...: an extended expression in it?
says() {
	says_what=$1
	shift
	printf '%s\n' "$*" | grep -qE -- "$says_what" || { echo "'$says_what' is not in: $*"; return 1; }
}
# status WANTED COMMAND...: $out is what it said.
status() {
	status_wanted=$1
	shift
	status_got=0
	"$@" > /tmp/status 2>&1 < /dev/null || status_got=$?
	out=$(cat /tmp/status)
	is "$status_wanted" $status_got "the exit status of '$*'" || { echo "$out"; return 1; }
}
# refused COMMAND...: it fails with one line.
refused() {
	status_got=0
	"$@" > /tmp/status 2>&1 < /dev/null || status_got=$?
	out=$(cat /tmp/status)
	[ $status_got != 0 ] || { echo "not refused: '$*': $out"; return 1; }
	is 1 "$(wc -l < /tmp/status)" "the number of lines in: $out"
}
# fails COMMAND...: as "! COMMAND", which "set -e" passes over.
fails() {
	if "$@"; then
		echo "did not fail: $*"
		return 1
	fi
}
# soon COMMAND...: within 30 s.
soon() {
	soon_tries=0
	until "$@" > /tmp/soon 2>&1; do
		soon_tries=$((soon_tries + 1))
		[ $soon_tries -lt 300 ] || { echo "not soon: $*: $(cat /tmp/soon)"; return 1; }
		usleep 100000
	done
}
state_of() { oci state "$1" | sed -n 's/^ *"status": "\([a-z]*\)".*/\1/p'; }
state_is() { is "$2" "$(state_of "$1")" "the state of $1"; }
pid_of() { oci state "$1" | sed -n 's/^ *"pid": \([0-9]*\).*/\1/p'; }
