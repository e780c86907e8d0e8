#!/usr/bin/env bats
# What one layer asks of the next, and what becomes of its failures: service → task → shim → runtime.
# The runtime is runtime/plain of tests/support, which writes each call down and fails on demand.
load lib

setup_file() {
	world_make layers
	mkdir "$W/plugins" "$W/asked"
	cp "$CLEAT_BIN"/../lib/cleat/plugins/*.so "$CLEAT_BIN"/../lib/cleat/test-plugins/*.so "$W/plugins/"
	chmod 755 "$W/plugins" && chmod 644 "$W"/plugins/*.so
	stems=$(cd "$W/plugins" && for f in *.so; do printf '%s ' "${f%.so}"; done)
	{
		world_ini "plugin-dir = $W/plugins" 'log-level = debug'
		printf '[plugins]\nload = %s\nruntime = plain\nio = fifo\n[runtime/plain]\ndirectory = %s\n' "$stems" "$W/asked"
	} > "$W/cleat.ini"
	busybox_root "$W/rootfs"
}
teardown_file() { world_end; }
setup() { rm -f "$W"/asked/*; }

# The calls in order; one that comes several times in a row (the shim kills what init left) counts once.
asked() { sed 's/ .*//' "$W/asked/calls" | uniq | tr '\n' ' '; }
fails() { echo "$2" > "$W/asked/$1"; }
works() { rm -f "$W/asked/$1"; }
state() { cleat inspect "$1" | jq -r ".[0].State.$2"; }
shim_of() { pgrep -f -- "-id $(cleat inspect "$1" | jq -r '.[0].Id') " | head -1; }

# A shim without a daemon, as in 31-shim: begin ID ARGS..., then ctl METHOD FIELDS...
begin() {
	ID=$1
	B=$W/b/$ID
	shift
	mkdir -p "$B"
	(cd "$B" && cleat-oci spec)
	edit ".process.terminal = false | .root = {path: \"$W/rootfs\"} | .process.args = $(jq -nc '$ARGS.positional' --args -- "$@")"
	A=$(cd "$B" && containerd-shim-cleat-v2 -namespace default -address "$W/c.sock" -publish-binary /bin/true -id "$ID" start)
	SHIM=$(pgrep -f -- "$W/c.sock .*-id $ID " | head -1)
}
ctl() { local method=$1; shift; "$CLEAT_BIN/../tests/shimctl" "$A" "$method" id="$ID" "$@"; }
leave() {
	ctl Shutdown
	until_true 10 gone "$SHIM"
	rm -rf "$B"
}
descriptors() { find "/proc/$SHIM/fd" -mindepth 1 | wc -l; }
# The connection of the last question may still be there for a moment.
descriptors_are() { [ "$(descriptors)" = "$1" ]; }
quiet_descriptors() {
	until_true 5 sh -c "[ \$(find /proc/$SHIM/fd -mindepth 1 -lname 'socket:*' | wc -l) = 1 ]"
	descriptors
}

@test "each verb arrives where it belongs, in containerd's order" {
	cleat run -d --name order --rootfs "$W/rootfs" sleep 1000
	[ "$(asked)" = 'create start ' ]
	cleat kill -s CONT order
	[ "$(asked)" = 'create start kill ' ]
	cleat rm -f order
	[ "$(asked)" = 'create start kill destroy ' ]
}

@test "restart is stop, delete of the old task, a new task, start; the id stays" {
	id=$(cleat run -d --name again --rootfs "$W/rootfs" sleep 1000)
	before=$(state again Pid)
	rm "$W/asked/calls"
	cleat restart -t 0 again
	[ "$(asked)" = 'kill destroy create start ' ]
	[ "$(cleat inspect again | jq -r '.[0].Id')" = "$id" ]
	[ "$(state again Pid)" != "$before" ]
	cleat rm -f again
}

@test "a restart whose stop fails does not start" {
	cleat run -d --name held --rootfs "$W/rootfs" sleep 1000
	pid=$(state held Pid)
	rm "$W/asked/calls"
	fails kill '1 the plain runtime kills nobody'
	run timeout 60 cleat restart -t 0 held
	works kill
	# The engine gave the shim up and went for the process itself: then a start is right, and a new one
	# runs. Otherwise the old one still does. Never both, and never a success without a new process.
	if [ "$status" = 0 ]; then
		gone "$pid"
	else
		says held
		[[ $(asked) != *create* ]]
	fi
	cleat rm -f held
	until_true 5 gone "$pid"
}

@test "a restart whose start fails says what the runtime said" {
	cleat run -d --name half --rootfs "$W/rootfs" sleep 1000
	fails create '12 the plain runtime is full'
	run cleat restart -t 0 half
	[ "$status" -ne 0 ]
	says 'the plain runtime is full'
	works create
	fails start '12 the plain runtime does not start'
	run cleat start half
	[ "$status" -ne 0 ]
	says 'the plain runtime does not start'
	works start
	cleat start half
	[ "$(state half Status)" = running ]
	cleat rm -f half
}

@test "an old task that cannot be deleted does not hold up a start" {
	cleat run -d --name old --rootfs "$W/rootfs" sleep 1000
	fails destroy '5 the plain runtime keeps it'
	cleat restart -t 0 old
	[ "$(state old Status)" = running ]
	grep -q 'failed to delete old task.*the plain runtime keeps it' "$W"/state/cleatd.log
	works destroy
	cleat rm -f old
}

@test "what does not exist any more has been deleted; another failure is told" {
	begin ends true
	ctl Create bundle="$B"
	ctl Start
	ctl Wait
	fails destroy '5 the plain runtime keeps it'
	run ctl Delete
	status_is 1
	[ "$output" = '2 failed to delete task: the plain runtime keeps it' ]
	fails destroy '2 container does not exist'
	ctl Delete | grep -qx exit_status=0
	leave
}

@test "all mounts at the root go with the task, nested and stacked ones too, whatever the runtime says" {
	begin mounts true
	ctl Create bundle="$B" rootfs="bind $W/rootfs rbind"
	mount -t tmpfs tmpfs "$B/rootfs/tmp"
	mkdir "$B/rootfs/tmp/deep"
	mount -t tmpfs tmpfs "$B/rootfs/tmp/deep"
	mount --bind "$W/rootfs" "$B/rootfs"
	ctl Start
	ctl Wait
	fails destroy '5 the plain runtime keeps it'
	run ctl Delete
	[ "$output" = '2 failed to delete task: the plain runtime keeps it' ] # the first error is told
	not grep -qF "$B/rootfs" /proc/self/mountinfo
	works destroy
	ctl Delete
	leave
}

@test "a root that is in use: a warning says so, and it is out of the way" {
	begin busy true
	ctl Create bundle="$B" rootfs="bind $W/rootfs rbind"
	ctl Start
	ctl Wait
	(cd "$B/rootfs" && exec sleep 1000) &
	holder=$!
	until_true 5 sh -c "readlink /proc/$holder/cwd | grep -qF $B/rootfs"
	ctl Delete | grep -qx exit_status=0
	not grep -qF "$B/rootfs" /proc/self/mountinfo
	grep -q "failed to cleanup rootfs mount: 'rootfs'" "$B/shim.log"
	kill $holder
	leave
}

@test "a failure leaves no descriptor in the shim" {
	begin fds true
	ctl Create bundle="$B"
	ctl Delete
	before=$(quiet_descriptors)
	for call in create start; do
		fails $call '5 not now'
		run ctl Create bundle="$B"
		run ctl Start
		works $call
		run ctl Delete
		until_true 5 descriptors_are "$before"
	done
	ctl Create bundle="$B"
	ctl Start
	ctl Wait
	fails destroy '5 not now'
	run ctl Delete
	status_is 1
	works destroy
	ctl Delete
	until_true 5 descriptors_are "$before"
	leave
}

@test "the bundle is ours alone, holds the configuration, and is gone afterwards" {
	id=$(cleat run -d --name files --rootfs "$W/rootfs" sleep 1000)
	dir=$W/state/default/$id
	[ "$(stat -c '%a %u:%g' "$dir")" = '700 0:0' ]
	jq -e '.process.args == ["sleep", "1000"]' "$dir/config.json"
	[ -S "$W/state/cleatd.sock" ]
	cleat rm -f files
	[ ! -e "$dir" ]
}

@test "left-overs of an earlier life are cleared before use" {
	id=$(cleat create --name stale --rootfs "$W/rootfs" true)
	mkdir -p "$W/state/default/$id/io"
	echo '{"process": 7' > "$W/state/default/$id/config.json"
	mkfifo "$W/state/default/$id/io/stdout"
	cleat start stale
	[ "$(cleat wait stale)" = 0 ]
	cleat rm stale
}

@test "runtime and its settings are each container's own" {
	cleat run -d --name plain --rootfs "$W/rootfs" sleep 1000
	cleat run -d --name linux --runtime linux --rootfs "$W/rootfs:O" sleep 1000
	[ "$(readlink "/proc/$(state plain Pid)/ns/pid")" = "$(readlink /proc/self/ns/pid)" ]
	[ "$(readlink "/proc/$(state linux Pid)/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]
	[ "$(asked)" = 'create start ' ]
	cleat rm -f plain linux
}

@test "S88: no pivot on a ramdisk, by the environment of the daemon or by its key" {
	plain=$(cat "$W/cleat.ini")
	for way in environment key no; do
		end_process "$(daemon_pid)"
		[ $way != key ] || sed "s/^\[cleat]/[cleat]\nno-pivot = yes/" <<< "$plain" > "$W/cleat.ini"
		[ $way != environment ] || export CLEAT_RAMDISK=1
		id=$(cleat run -d --name ram --runtime linux --rootfs "$W/rootfs:O" sh -c 'ls / > /seen; sleep 1000')
		jq -e ".no_pivot == $([ $way = no ] && echo false || echo true)" "$W/state/default/$id/cleat.json"
		until_true 5 sh -c 'cleat exec ram grep -qx etc /seen'
		not cleat exec ram test -e "$W"
		cleat rm -f ram
		unset CLEAT_RAMDISK
		echo "$plain" > "$W/cleat.ini"
	done
	end_process "$(daemon_pid)"
}

@test "the program is the shim's child, the shim init's; its words say whose it is" {
	id=$(cleat run -d --name family --rootfs "$W/rootfs" sleep 1000)
	shim=$(shim_of family)
	[ "$(awk '{ print $4 }' "/proc/$(state family Pid)/stat")" = "$shim" ]
	[ "$(awk '{ print $4 }' "/proc/$shim/stat")" = 1 ]
	words=$(tr '\0' ' ' < "/proc/$shim/cmdline")
	[[ $words == *"-namespace default "* && $words == *"-id $id "* && $words == *"-address $W/state/cleatd.sock "* ]]
	cleat rm -f family
}

@test "the low level knows no restart" {
	run cleat-oci restart x
	[ "$status" -ne 0 ]
	says restart
	run grep -w restart "$TOP/sdk/include/cleat/runtime.h"
	status_is 1
}

@test "an unknown container or process is not found, in every layer" {
	begin found true
	run ctl Start
	[ "$output" = '5 container not created: not found' ]
	ctl Create bundle="$B"
	run ctl Start exec_id=nope
	[ "$output" = '5 process does not exist nope: not found' ]
	ctl Delete
	leave
	for verb in start stop kill 'exec -' restart wait inspect; do
		# shellcheck disable=SC2086
		run cleat ${verb% -} nosuch ${verb:+true}
		[ "$status" -ne 0 ]
		says nosuch
	done
}
