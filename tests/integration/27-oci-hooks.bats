#!/usr/bin/env bats
# The six hooks: when each runs, in which namespaces, what it reads, and what its failure does.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() {
	oci_world hooks
	ID=h
	mkdir -m 777 "$W/out"
	# What a hook can say of itself: its name, the status it was told, its namespaces, what init runs.
	cat > "$W/hook" <<-'END'
		#!/bin/sh
		state=$(cat)
		status=$(echo "$state" | sed 's/.*"status": *"\([a-z]*\)".*/\1/')
		pid=$(echo "$state" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
		out=$2
		echo "$1 $status mnt=$(readlink /proc/self/ns/mnt) net=$(readlink /proc/self/ns/net) cwd=$(pwd)" >> "$out/order"
		echo "$state" > "$out/state.$1"
		tr '\0' ' ' < "/proc/${pid:-none}/cmdline" > "$out/init.$1" 2> /dev/null
		exit 0
	END
	chmod 755 "$W/hook"
}
teardown() { oci_world_end; }

# hooks JQ: a bundle with one hook of each kind, that of startContainer inside the container.
all_hooks() {
	oci_config ".mounts += [{destination: \"/out\", type: \"bind\", source: \"$W/out\", options: [\"rbind\"]},
			{destination: \"/hook\", type: \"bind\", source: \"$W/hook\", options: [\"bind\", \"ro\"]}] |
		.hooks = ([\"prestart\", \"createRuntime\", \"createContainer\", \"poststart\", \"poststop\"] |
			map({(.): [{path: \"$W/hook\", args: [\"hook\", ., \"$W/out\"], env: [\"PATH=/usr/bin:/bin\"]}]}) | add) |
		.hooks.startContainer = [{path: \"/hook\", args: [\"hook\", \"startContainer\", \"/out\"], env: [\"PATH=/bin\"]}] |
		${1:-.}"
}
order() { sed 's/ mnt=.*//' "$W/out/order" | tr '\n' ','; }
field() { sed -n "s/^$1 .*$2=\([^ ]*\).*/\1/p" "$W/out/order"; }
one_hook() { oci_config ".hooks.$1 = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"$2\"]${3:+, $3}}] | ${4:-.}"; }

@test "each runs once, in the order and with the status of the specification" {
	all_hooks
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(order)" = 'prestart creating,createRuntime creating,createContainer creating,' ]
	captured oci start "$ID"
	status_is 0
	[ "$(order)" = 'prestart creating,createRuntime creating,createContainer creating,startContainer created,poststart running,' ]
	oci kill "$ID" KILL
	until_true 5 in_state stopped
	[ "$(wc -l < "$W/out/order")" = 5 ]
	captured oci delete "$ID"
	status_is 0
	[ "$(order)" = 'prestart creating,createRuntime creating,createContainer creating,startContainer created,poststart running,poststop stopped,' ]
}

@test "namespaces: the runtime's for four, the container's for createContainer and startContainer" {
	all_hooks
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	pid=$(oci state "$ID" | jq .pid)
	inside=$(readlink "/proc/$pid/ns/mnt")
	network=$(readlink "/proc/$pid/ns/net")
	oci start "$ID"
	oci delete -f "$ID"
	for hook in prestart createRuntime poststart poststop; do
		[ "$(field $hook mnt)" = "$(readlink /proc/self/ns/mnt)" ]
		[ "$(field $hook net)" = "$(readlink /proc/self/ns/net)" ]
	done
	for hook in createContainer startContainer; do
		[ "$(field $hook mnt)" = "$inside" ]
		[ "$(field $hook net)" = "$network" ]
	done
	[ "$(field startContainer cwd)" = / ]
}

@test "the state that a hook reads is the container's; the program runs when poststart does" {
	all_hooks '.annotations = {"org.example.key": "value \"quoted\""}'
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	pid=$(oci state "$ID" | jq .pid)
	for hook in prestart createRuntime createContainer poststart; do
		jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and .ociVersion != null and
			.annotations["org.example.key"] == "value \"quoted\""' "$W/out/state.$hook"
	done
	for hook in prestart createRuntime poststart; do jq -e ".pid == $pid" "$W/out/state.$hook"; done
	[ "$(cat "$W/out/init.poststart")" = 'sleep 1000 ' ]
	[ "$(cat "$W/out/init.createRuntime")" != 'sleep 1000 ' ]
	oci delete -f "$ID"
	jq -e '.status == "stopped"' "$W/out/state.poststop"
}

@test "limits are set before the first hook looks" {
	oci_config ".linux.resources.pids = {limit: 77} | .hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\",
		\"pid=\$(sed 's/.*\\\"pid\\\": *\\\\([0-9]*\\\\).*/\\\\1/'); cat /sys/fs/cgroup/pids$CGP/$ID/pids.max > $W/out/limit; echo \$pid >> $W/out/limit\"]}]"
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(head -1 "$W/out/limit")" = 77 ]
	oci delete -f "$ID"
}

@test "a hook of create that fails ends create: its status and last words are told, poststop runs, nothing is left" {
	for hook in prestart createRuntime createContainer; do
		one_hook $hook 'echo no luck >&2; exit 7' '' ".hooks.poststop = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo $hook >> $W/out/stopped\"]}]"
		captured oci create -b "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]
		says "$hook hook"
		says 7
		says 'no luck'
		absent
	done
	[ "$(tr '\n' ' ' < "$W/out/stopped")" = 'prestart createRuntime createContainer ' ]
}

@test "startContainer that fails ends start, and the program never runs" {
	oci_config ".mounts += [{destination: \"/out\", type: \"bind\", source: \"$W/out\", options: [\"rbind\"]}] |
		.process.args = [\"sh\", \"-c\", \"echo > /out/ran\"] |
		.hooks.startContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"exit 9\"]}]"
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	captured oci start "$ID"
	[ "$status" -ne 0 ]
	says 'startContainer hook'
	says 9
	[ ! -e "$W/out/ran" ]
	oci delete -f "$ID"
}

@test "poststart that fails ends the container" {
	one_hook poststart 'exit 5'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	pid=$(oci state "$ID" | jq .pid)
	captured oci start "$ID"
	[ "$status" -ne 0 ]
	says 'poststart hook'
	until_true 5 gone "$pid"
	oci delete -f "$ID"
}

@test "poststop that fails is told and stops nothing: the next one runs, the container is gone" {
	oci_config ".hooks.poststop = [{path: \"/bin/false\"}, {path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo second > $W/out/second\"]}]"
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	captured oci delete -f "$ID"
	absent
	[ "$(cat "$W/out/second")" = second ]
}

@test "a timeout kills the hook, and is its failure" {
	one_hook createRuntime "echo \$\$ > $W/out/pid; exec sleep 1000" 'timeout: 1'
	captured oci create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	says createRuntime
	until_true 5 gone "$(cat "$W/out/pid")"
	absent
}

@test "a hook that does not read its state harms nobody; its environment is its own" {
	one_hook createRuntime "env > $W/out/env" 'env: ["ONLY=this"]'
	SECRET=x captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	grep -qx ONLY=this "$W/out/env"
	not grep -q SECRET "$W/out/env"
	oci delete -f "$ID"
}
