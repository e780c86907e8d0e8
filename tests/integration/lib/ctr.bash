# ctr.bash - a containerd of our own, and what ctr's users do with it.
# shellcheck shell=bash

# ctr_world NAME: in setup_file. W, CGP and a containerd whose shims are ours; STORY_INI: lines for [cleat].
ctr_world() {
	W=$(mktemp -d "/tmp/cleat-story-$1.XXXXXX")
	CGP=/cleat-story-$1-$$
	export W CGP CONTAINERD_ADDRESS=$W/c.sock
	mkdir "$W/state"
	world_ini ${STORY_INI:+"$STORY_INI"} > "$W/cleat.ini"
	cat > "$W/containerd.toml" <<-END
		version = 2
		root = "$W/ctd-root"
		state = "$W/ctd-state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$W/c.sock"
		[debug]
		  level = "debug"
	END
	busybox_root "$W/rootfs"
	containerd_start
	mounts_now > "$W/mounts.before"
}

ctr_world_end() {
	local status=0 id
	for id in $(ctr task ls -q); do ctr task kill -s 9 "$id"; done > /dev/null
	for id in $(ctr task ls -q); do until_true 5 stopped "$id"; ctr task rm "$id"; done > /dev/null 2>&1
	for id in $(ctr container ls -q); do ctr container rm "$id"; done
	leaks || status=1
	nothing_left || status=1
	end_process "$(cat "$W/containerd.pid")"
	cgroups_remove
	rm -rf --one-file-system "$W" || status=1
	return $status
}

containerd_start() {
	CLEAT_CONFIG=$W/cleat.ini containerd -c "$W/containerd.toml" >> "$W/containerd.log" 2>&1 3>&- &
	echo $! > "$W/containerd.pid"
	until_true 20 sh -c 'ctr version > /dev/null 2>&1'
}

containerd_kill() {
	kill -9 "$(cat "$W/containerd.pid")"
	until_true 5 gone "$(cat "$W/containerd.pid")"
}

# Bundles and shims of ours are gone. A bundle goes a moment after its task.
bundles() { ls "$W/ctd-state/io.containerd.runtime.v2.task/default" 2>/dev/null; }
no_bundle() { [ -z "$(bundles)" ]; }
shims() {
	local dir
	for dir in /proc/[0-9]*; do
		[[ $(< "$dir/comm") == cleat-shim* ]] || continue # its exe is a sealed mount
		tr '\0' '\n' < "$dir/cmdline" | grep -qxF -- "$W/c.sock" && echo "${dir#/proc/}"
	done 2>/dev/null
}
no_shim() { [ -z "$(shims)" ]; }
nothing_left() { until_true 10 no_bundle && until_true 10 no_shim; }

# ctr_run ID FLAGS... -- ARGS...
ctr_run() {
	local id=$1 flags=()
	shift
	while [ "$1" != -- ]; do flags+=("$1"); shift; done
	shift
	ctr run --runtime io.containerd.cleat.v2 --cgroup "$CGP/$id" "${flags[@]}" --rootfs "$W/rootfs" "$id" "$@"
}
task_pid() { ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }
task_is() { ctr task ls | awk -v id="$1" '$1 == id { print $3 }' | grep -qx "$2"; }
stopped() { task_is "$1" STOPPED; }
rm_task() { until_true 5 stopped "$1"; ctr task rm "$1" || :; ctr container rm "$1"; }

# events_begin: record events from now on; events_of ID: its topics, in order, one a line.
events_begin() {
	ctr events > "$W/events" 3>&- &
	EVENTS=$!
	until_true 5 sh -c 'ctr namespace label default seen=$RANDOM$RANDOM; grep -q namespaces "$W/events"'
}
events_end() { kill "$EVENTS"; wait "$EVENTS" 2>/dev/null || :; }
events_of() { grep -F "\"$1\"" "$W/events" | awk '{ print $6 }' | grep /tasks/; }
has_event() { events_of "$1" | grep -qx "$2"; }
