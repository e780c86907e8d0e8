#!/usr/bin/env bats
# cleat-oci --systemd-cgroup: against a peer that speaks D-Bus on a socket of the story's own. A real systemd: tests/vm/systemd.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() {
	oci_world systemd
	ID=c
	SLICE=cleatstory$$
	TREE=/sys/fs/cgroup/systemd
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || TREE=/sys/fs/cgroup
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$W/bus
}
teardown() {
	local status=0
	if grep -s broken "$W/calls"; then status=1; fi # what the peer could not read
	oci_world_end || status=1
	[ -z "${PEER:-}" ] || kill "$PEER"
	find /sys/fs/cgroup -depth -type d -path "*/$SLICE.slice*" -exec rmdir {} + 2> /dev/null || :
	return $status
}

# systemd [HOW]: the peer.
systemd() {
	python3 "$STORY_DIR/lib/fake_systemd.py" "$W/bus" "$TREE" "$W/calls" "$@" 3>&- > /dev/null 2>&1 &
	PEER=$!
	until_true 5 test -S "$W/bus"
}
# scope_config JQ: the bundle, with a scope below a slice in a slice.
scope_config() { oci_config ".linux.cgroupsPath = \"$SLICE-deep.slice:libpod:$ID\" | ${1:-.}"; }
# called MEMBER JQ: what a call of that member was given; as a map for properties.
called() { jq -rc "select(.member == \"$1\") | $2" "$W/calls"; }
property() { called StartTransientUnit "(.args[2] | map({(.[0]): .[1]}) | add)$1"; }
scope_dir() { find "$TREE/$SLICE.slice" -name "libpod-$ID.scope" 2> /dev/null; }

@test "a scope in its slice, with the process in it and the limits as properties" {
	systemd
	scope_config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}, cpu: {shares: 512, quota: 25000, period: 50000},
		devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"}, {allow: true, type: "b", major: 8, access: "r"}]} |
		.annotations = {"org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.CollectMode": "'\''inactive-or-failed'\''", "org.systemd.property.SendSIGHUP": "true", "other": "x"}'
	captured oci --systemd-cgroup run -d -b "$BUNDLE" "$ID"
	status_is 0
	PID=$(oci state "$ID" | jq .pid)
	[ "$(called StartTransientUnit '.args[0:2]')" = "[\"libpod-$ID.scope\",\"fail\"]" ]
	[ "$(property '| [.Slice, .Delegate, .DefaultDependencies, .TasksMax, .CPUQuotaPerSecUSec, .CPUQuotaPeriodUSec]')" = "[\"$SLICE-deep.slice\",true,false,50,500000,50000]" ]
	[ "$(property ' | .MemoryMax // .MemoryLimit')" = 67108864 ]
	[ "$(property ' | .CPUWeight // .CPUShares')" = 512 ] || [ "$TREE" = /sys/fs/cgroup ]
	[ "$(property ' | [.TimeoutStopUSec, .CollectMode, .SendSIGHUP, .PIDs]')" = "[7000000,\"inactive-or-failed\",true,[$PID]]" ]
	[ "$(property '.DevicePolicy')" = strict ]
	property '.DeviceAllow[] | join(" ")' > "$W/devices"
	grep -qx '/dev/char/10:229 rw' "$W/devices"
	grep -qx '/dev/char/1:3 rwm' "$W/devices"
	grep -q '^char-pts rwm' "$W/devices"
	grep -qx 'char-\* m' "$W/devices"
	grep -qx "$PID" "$(scope_dir)/cgroup.procs"
	[[ $(cat /sys/fs/cgroup/{memory,.}/"$SLICE.slice/$SLICE-deep.slice/libpod-$ID.scope"/memory.{limit_in_bytes,max} 2> /dev/null) == *67108864* ]]
	[[ $(cat "/proc/$PID/cgroup") == *"memory:/$SLICE.slice/$SLICE-deep.slice/libpod-$ID.scope"* ]] || [ "$TREE" = /sys/fs/cgroup ]
	[ "$(oci exec "$ID" echo inside)" = inside ]
	oci pause "$ID"
	oci resume "$ID"
	oci update --memory 33554432 --pids-limit 20 "$ID"
	[ "$(called SetUnitProperties '.args[0:2]')" = "[\"libpod-$ID.scope\",true]" ]
	[ "$(called SetUnitProperties '.args[2] | map(.[1])')" = "[33554432,20]" ]
	[[ $(cat /sys/fs/cgroup/{memory,.}/"$SLICE.slice/$SLICE-deep.slice/libpod-$ID.scope"/memory.{limit_in_bytes,max} 2> /dev/null) == *33554432* ]]
	oci delete -f "$ID"
	[ "$(called StopUnit '.args')" = "[\"libpod-$ID.scope\",\"replace\"]" ]
	[ -z "$(scope_dir)" ]
	[ -z "$(find /sys/fs/cgroup -name "libpod-$ID.scope")" ]
}

@test "without a cgroupsPath the scope is named after the container" {
	systemd
	oci_config 'del(.linux.cgroupsPath)'
	captured oci --cgroup-manager systemd run -d -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(called StartTransientUnit '.args[0]') $(property '.Slice')" = "cleat-$ID.scope system.slice" ]
	oci delete -f "$ID"
	rmdir /sys/fs/cgroup/*/system.slice 2> /dev/null || :
}

@test "a failed unit of the name is swept away; one that lives is not touched" {
	FAILED_UNITS="libpod-$ID.scope" systemd
	scope_config
	captured oci --systemd-cgroup run -d -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(called ResetFailedUnit '.args[0]' | head -n1)" = "libpod-$ID.scope" ]
	mkdir "$W/other"
	captured cleat-oci --root "$W/other" --systemd-cgroup create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	[ "$(oci state "$ID" | jq -r .status)" = running ]
	[ ! -e "$W/other/$ID" ]
	oci delete -f "$ID"
}

@test "create that fails stops the scope" {
	systemd
	scope_config '.process.args = ["no-such-program"]'
	captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
	says "executable file not found"
	one_line
	absent
	[ "$(called StopUnit '.args[0]')" = "libpod-$ID.scope" ]
	[ -z "$(find /sys/fs/cgroup -name "libpod-$ID.scope")" ]
}

@test "what systemd refuses, and a job that fails, are sentences" {
	systemd refuses
	scope_config
	captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
	status_is 1
	says "cannot start 'libpod-$ID.scope': org.freedesktop.DBus.Error.AccessDenied: you may not"
	one_line
	absent
	end_process "$PEER"
	rm "$W/bus"
	systemd fails
	captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
	status_is 1
	says "ended with 'failed'"
	one_line
	absent
}

@test "without systemd there is one sentence" {
	scope_config
	captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
	status_is 1
	one_line
	says "cannot reach systemd to make the cgroup"
	says "use the cgroupfs driver"
	absent
}

@test "paths that are none" {
	for path in "/a/b" "a.slice:b" "a.slice:b:c:d" "a:b:c" "a--b.slice:x:y" "-a.slice:x:y" "a/b.slice:x:y" "a.slice:x:y/z" "a.slice:x:y.slice" "a.slice:x:"; do
		oci_config ".linux.cgroupsPath = \"$path\""
		captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
		status_is 1
		one_line
		says "slice" || says "no name of a unit"
		absent
	done
	scope_config '.annotations = {"org.systemd.property.Nice": "[1, 2]"}'
	captured oci --systemd-cgroup create -b "$BUNDLE" "$ID"
	says "no value that cleat reads"
}
