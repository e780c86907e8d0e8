# oci.bash - containers of cleat-oci in any state, from one shared root filesystem.
# shellcheck shell=bash

# oci_rootfs: in setup_file. One busybox root for the whole file.
oci_rootfs() {
	OCI_ROOTFS=$BATS_FILE_TMPDIR/rootfs
	export OCI_ROOTFS
	busybox_root "$OCI_ROOTFS"
}

# oci_config [JQ-FILTER]: $BUNDLE with a program that sleeps, edited by the filter; its cgroup is $ID's.
oci_config() {
	BUNDLE=$W/bundle-$ID
	mkdir -p "$BUNDLE"
	rm -f "$BUNDLE/config.json"
	cleat-oci spec -b "$BUNDLE"
	jq ".process.terminal = false | .process.args = [\"sleep\", \"1000\"] | .root = {path: \"$OCI_ROOTFS\"} |
		.linux.cgroupsPath = \"$CGP/$ID\" | ${1:-.}" "$BUNDLE/config.json" > "$BUNDLE/new"
	mv "$BUNDLE/new" "$BUNDLE/config.json"
}

OCI_N=0
# reach STATE: a new container $ID with $BUNDLE, in that state ("none": only the bundle).
reach() {
	OCI_N=$((OCI_N + 1))
	ID=$1-$OCI_N
	oci_config
	[ "$1" != none ] || return 0
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	case $1 in
	running | paused) oci start "$ID" ;;
	stopped)
		oci start "$ID"
		oci kill "$ID" KILL
		until_true 5 in_state stopped
		;;
	esac
	[ "$1" != paused ] || oci pause "$ID"
	in_state "$1"
}

in_state() {
	local is
	is=$(oci state "$ID" | jq -r .status)
	[ "$is" = "$1" ] || { echo "$ID is '$is', not '$1'" >&2; return 1; }
}

absent() { [ ! -e "$OCI_ROOT/$ID" ] || { echo "$ID has left $OCI_ROOT/$ID" >&2; return 1; }; }

# captured COMMAND...: as bats's run, but through a file: a container that lives on would hold a pipe open.
captured() {
	status=0
	"$@" > "$W/captured" 2>&1 < /dev/null || status=$?
	output=$(cat "$W/captured")
}

# inside JQ SCRIPT: what the script says in a fresh container.
inside() {
	oci_config "(${1:-.}) | .process.args = $(jq -nc '$ARGS.positional' --args -- sh -c "$2")"
	run oci run -b "$BUNDLE" "$ID"
}
# refuses JQ TEXT...: create fails with one line that holds each text, and nothing is left.
refuses() {
	oci_config "$1"
	captured oci create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ] || { echo "accepted: $1" >&2; return 1; }
	one_line
	absent
	for text in "${@:2}"; do says "$text"; done
}
