#!/usr/bin/env bats
# The shim's API without a daemon: which call is legal in which state, and the words of a refusal
# (reference/containerd-protocol.md 6.1 to 6.6), start and delete as containerd runs them.
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	W=$(mktemp -d /tmp/cleat-story-shim.XXXXXX)
	CGP=/cleat-story-shim-$$
	export W CGP
	mkdir "$W/state"
	world_ini > "$W/cleat.ini"
	export CLEAT_CONFIG=$W/cleat.ini
	mounts_now > "$W/mounts.before"
	busybox_root "$W/rootfs"
	# somebody takes the events: a shim that cannot tell them stays for three seconds more
	"$CLEAT_BIN/../tests/shimevents" "$W/c.sock.ttrpc" > "$W/events" 2>&1 3>&- &
	echo $! > "$W/events.pid"
	until_true 5 test -S "$W/c.sock.ttrpc"
}

teardown_file() {
	local status=0
	kill "$(cat "$W/events.pid")"
	leaks || status=1
	no_shim || { echo "shims left: $(shims)" >&2; status=1; }
	cgroups_remove
	rm -rf --one-file-system "$W" || status=1
	return $status
}

shims() {
	local pid
	for pid in $(pgrep '^cleat-shim'); do # by name: its exe is a sealed mount
		tr '\0' '\n' < "/proc/$pid/cmdline" | grep -qxF -- "$W/c.sock" && echo "$pid"
	done 2>/dev/null
}
no_shim() { [ -z "$(shims)" ]; }

# begin ID ARGS...: a bundle as containerd makes it, a shim, and in $A its address.
begin() {
	ID=$1
	B=$W/b/$ID
	shift
	mkdir -p "$B"
	(cd "$B" && rm -f config.json && cleat-oci spec)
	edit ".process.terminal = false | .linux.cgroupsPath = \"$CGP/$ID\" | .root = {path: \"$W/rootfs\"} |
		.process.args = $(jq -nc '$ARGS.positional' --args -- "$@")"
	A=$(shim start)
}
shim() { (cd "$B" && containerd-shim-cleat-v2 -namespace default -address "$W/c.sock" -publish-binary /bin/true -id "$ID" "$@"); }
ctl() { local method=$1; shift; "$CLEAT_BIN/../tests/shimctl" "$A" "$method" id="$ID" "$@"; }
create() { ctl Create bundle="$B"; }
finish() {
	ctl Kill signal=9 all=true > /dev/null || :
	ctl Wait > /dev/null
	ctl Delete > /dev/null
	leave
}
leave() {
	ctl Shutdown
	until_true 10 no_shim
	shim -bundle "$B" delete > /dev/null
	rm -rf "$B"
}
# refused CODE TEXT METHOD FIELDS...
refused() {
	local code=$1 text=$2
	shift 2
	run ctl "$@"
	status_is 1
	[ "$output" = "$code $text" ] || { echo "$* answered '$output', not '$code $text'" >&2; return 1; }
}
state_is() { ctl State "${@:2}" | grep -qx "status=$1"; }
exec_spec() { jq -c ".process | .args = $(jq -nc '$ARGS.positional' --args -- "$@")" "$B/config.json" > "$B/exec.json"; }

@test "start prints an address and nothing else, and lets go of its output" {
	begin one sleep 1000
	[ "$A" = "unix:///run/containerd/s/$(printf %s "$W/c.sock/default/one" | sha256sum | cut -d' ' -f1)" ]
	[ "$(cat "$B/address")" = "$A" ]
	[ "$(stat -c %a "${A#unix://}")" = 600 ]
	[ "$(shim start)" = "$A" ] # one that lives already is used
	leave
	[ ! -e "${A#unix://}" ]
}

pb() { python3 "$STORY_DIR/lib/ttrpc.py" "$@"; }
bootstrap_answer() { jq -nc --arg a "$A" '[[1, 2], [2, $a], [3, "ttrpc"]]'; }

@test "start answers as its caller understands: text, JSON, or the bootstrap of 2.3" {
	begin forms sleep 1000
	[ "$(MAX_SHIM_VERSION=2 shim start | jq -c .)" = "$(jq -nc --arg a "$A" '{version: 2, address: $a, protocol: "ttrpc"}')" ]
	[ "$(MAX_SHIM_VERSION=1 shim start)" = "$A" ]
	[ "$(pb bootstrap forms default | MAX_SHIM_VERSION=2 shim start | pb decode)" = "$(bootstrap_answer)" ]
	# parameters for another container or namespace are not ours, nor is anything else that may come
	[ "$(pb bootstrap forms other | shim start)" = "$A" ]
	[ "$(pb bootstrap other default | shim start)" = "$A" ]
	[ "$(pb options "" | shim start)" = "$A" ]
	[ "$(head -c 5000 /dev/urandom | shim start)" = "$A" ]
	[ "$(printf '' | shim start)" = "$A" ]
	[ "$(cat "$B/address")" = "$A" ]
	leave
}

@test "a start that nobody listens to leaves no shim" {
	begin deaf sleep 1000
	leave
	mkdir -p "$B"
	run bash -c 'cd "$1" && containerd-shim-cleat-v2 -namespace default -address "$2" -id deaf start > /dev/full' - "$B" "$W/c.sock"
	status_is 1
	until_true 5 no_shim
	rm -rf "$B"
}

@test "the option shim_cgroup: the shim moves itself; one that does not exist is named" {
	cgroup=$(echo /sys/fs/cgroup/pids /sys/fs/cgroup | tr ' ' '\n' | while read -r d; do [ ! -e "$d/cgroup.procs" ] || echo "$d"; done | head -1)
	mkdir -p "$cgroup$CGP/shim"
	begin moved sleep 1000
	ctl Shutdown
	until_true 10 no_shim
	pb options "$CGP/shim" | shim start > /dev/null
	[ "$(cat "$cgroup$CGP/shim/cgroup.procs")" = "$(shims)" ]
	leave
	until_true 10 rmdir "$cgroup$CGP/shim"
	begin unmoved sleep 1000
	leave
	mkdir -p "$B"
	run shim start < <(pb bootstrap unmoved default "$CGP/none")
	status_is 1
	one_line
	says "cannot join shim cgroup '$CGP/none': No such file or directory"
	run shim start < <(pb options "$CGP/../x")
	status_is 1
	says "has '..' in it"
	[ -z "$(shims)" ]
	rm -rf "$B"
}

@test "the kernel takes a container before its shim, and the shim before the daemon" {
	mine=$(cat /proc/self/oom_score_adj)
	begin score sleep 1000
	[ "$(cat "/proc/$(shims)/oom_score_adj")" = $((mine + 1)) ]
	leave
}

@test "start refuses what cannot work, in one line" {
	B=$W/b/bad ID=../x
	mkdir -p "$B"
	run shim start
	status_is 1
	one_line
	says "'../x'"
	ID=bad
	echo '[cleat]' > "$W/other.ini"; echo 'no-such-key = 1' >> "$W/other.ini"
	CLEAT_CONFIG=$W/other.ini run shim start
	status_is 1
	one_line
	says no-such-key
	rm -rf "$B"
}

@test "what is legal in which state" {
	begin table sleep 1000
	refused 5 'container not created: not found' State
	refused 5 'container not created: not found' Delete
	[ "$(ctl Connect | grep task_pid)" = task_pid=0 ]
	create
	state_is CREATED
	refused 6 'task table: already exists' Create bundle="$B"
	refused 2 'cannot pause task in created state' Pause
	refused 2 'cannot resume task in created state' Resume
	refused 2 'cannot checkpoint a task in created state' Checkpoint path=/tmp
	run ctl Wait timeout=1
	status_is 2
	ctl Start | grep -q pid=
	state_is RUNNING
	refused 2 'cannot start a running process' Start
	refused 2 'cannot delete a running process' Delete
	refused 2 'cannot resume a running process' Resume
	refused 5 'process does not exist nope: not found' Start exec_id=nope
	ctl Pause
	state_is PAUSED
	refused 2 'cannot pause a paused container' Pause
	refused 2 'cannot start a paused process' Start
	refused 2 'cannot delete a paused process' Delete
	exec_spec true
	refused 2 'cannot exec in a paused state' Exec exec_id=x spec=@"$B/exec.json"
	ctl Resume
	state_is RUNNING
	[ "$(ctl Pids)" = 'processes=1 entries' ]
	ctl ResizePty width=80 height=24 # no terminal: success, nothing happens
	ctl CloseIO stdin=true
	ctl CloseIO stdin=true
	ctl Shutdown # of no consequence while there is a task
	state_is RUNNING
	ctl Kill signal=9
	[ "$(ctl Wait | head -1)" = exit_status=137 ]
	[ "$(ctl Wait | head -1)" = exit_status=137 ]
	state_is STOPPED
	ctl State | grep -qx exit_status=137
	refused 2 'cannot start a stopped process' Start
	refused 2 'cannot pause a stopped container' Pause
	refused 2 'cannot resume a stopped container' Resume
	refused 2 'cannot update a stopped container' Update
	refused 2 'cannot checkpoint a stopped container' Checkpoint path=/tmp
	refused 2 'cannot exec in a stopped state' Exec exec_id=x spec=@"$B/exec.json"
	ctl ResizePty width=80 height=24
	refused 5 'process already finished: not found' Kill signal=9
	ctl Kill signal=9 all=true
	[ "$(ctl Pids)" = 'processes=0 entries' ]
	jq -e '.exit_status == 137 and .signal == 9 and .ours' "$B/exit.json"
	ctl Delete | grep -qx exit_status=137
	refused 5 'container not created: not found' Delete
	leave
}

@test "what is legal for an exec in which state" {
	begin execs sleep 1000
	create
	ctl Start > /dev/null
	exec_spec sleep 500
	ctl Exec exec_id=x1 spec=@"$B/exec.json"
	refused 6 'id x1: already exists' Exec exec_id=x1 spec=@"$B/exec.json"
	state_is CREATED exec_id=x1
	ctl State exec_id=x1 | grep -qx pid=0
	refused 9 'process not created: failed precondition' Kill exec_id=x1 signal=9
	ctl ResizePty exec_id=x1 width=80 height=24
	ctl CloseIO exec_id=x1 stdin=true
	ctl Delete exec_id=x1 | grep -qx exited_at=-62135596800
	refused 5 'process does not exist x1: not found' Delete exec_id=x1
	ctl Exec exec_id=x2 spec=@"$B/exec.json"
	ctl Start exec_id=x2 > /dev/null
	refused 2 'cannot start a running process' Start exec_id=x2
	refused 2 'cannot delete a running process' Delete exec_id=x2
	[ "$(ctl Pids)" = 'processes=2 entries' ]
	ctl Kill exec_id=x2 signal=15
	[ "$(ctl Wait exec_id=x2 | head -1)" = exit_status=143 ]
	refused 2 'cannot start a stopped process' Start exec_id=x2
	refused 5 'process already finished: not found' Kill exec_id=x2 signal=9
	refused 6 'id x2: already exists' Exec exec_id=x2 spec=@"$B/exec.json"
	jq -e '.exit_status == 143 and .ours' "$B/exec-x2.json"
	ctl Delete exec_id=x2 | grep -qx exit_status=143
	state_is RUNNING
	finish
}

@test "an exec that cannot start stays created, and nobody waits for it for ever" {
	begin badexec sleep 1000
	create
	ctl Start > /dev/null
	exec_spec /no/such/program
	ctl Exec exec_id=x spec=@"$B/exec.json"
	ctl Wait exec_id=x > "$W/waited" &
	waiting=$!
	run ctl Start exec_id=x
	status_is 1
	says /no/such/program
	wait $waiting
	grep -qx exit_status=255 "$W/waited"
	state_is CREATED exec_id=x
	ctl Delete exec_id=x > /dev/null
	echo '{"args": 7' > "$B/exec.json"
	run ctl Exec exec_id=y spec=@"$B/exec.json"
	status_is 1
	says '3 '
	refused 3 "exec 'y' has no process specification" Exec exec_id=y # runc's shim ends at this
	run ctl Exec exec_id=../y spec=@"$B/exec.json"
	says '3 invalid exec id'
	refused 5 'process does not exist y: not found' State exec_id=y
	finish
}

@test "a created container can be deleted without ever running" {
	begin never sh -c 'touch /ran'
	create
	ctl Delete | grep -qx exit_status=137
	[ ! -e "$W/rootfs/ran" ]
	leave
}

@test "a failed create leaves no container, and the shim can leave" {
	begin broken /no/such/program
	run create
	status_is 1
	says '2 OCI runtime create failed: '
	says /no/such/program
	refused 5 'container not created: not found' Delete
	[ ! -e "$B/runtime" ]
	echo '{' > "$B/config.json"
	run create
	status_is 1
	says config.json
	leave
}

@test "many waits, before start and after the end; waiters may go away" {
	begin waits sh -c 'exit 3'
	create
	for i in 1 2 3 4 5 6 7 8; do ctl Wait > "$W/wait.$i" & done
	ctl Wait timeout=1 || : # this one loses its patience
	ctl Start > /dev/null
	until_true 10 state_is STOPPED
	for i in 1 2 3 4 5 6 7 8; do until_true 5 grep -qx exit_status=3 "$W/wait.$i"; done
	[ "$(ctl Wait | tail -1)" = "$(ctl State | grep exited_at)" ]
	[ "$(ctl Delete | tail -1)" = "$(tail -1 "$W/wait.1")" ]
	leave
}

@test "the exit of init is the last one, also when execs share its life" {
	begin last sleep 1000
	create
	ctl Start > /dev/null
	exec_spec sleep 500
	ctl Exec exec_id=x spec=@"$B/exec.json"
	ctl Start exec_id=x > /dev/null
	ctl Kill signal=9
	ctl Wait > /dev/null
	[ -e "$B/exec-x.json" ] # written before init's wait was answered
	[ "$(ctl Wait exec_id=x | head -1)" = exit_status=137 ]
	ctl Delete exec_id=x > /dev/null
	ctl Delete > /dev/null
	leave
}

@test "delete is repeatable, and cleans up after a shim that was killed" {
	begin killed sh -c 'sleep 1000 & exec sleep 2000'
	create > "$W/created"
	ctl Start > /dev/null
	pid=$(cut -d= -f2 "$W/created")
	kill -9 "$(shims)"
	until_true 5 no_shim
	not gone "$pid"
	shim -bundle "$B" delete > "$W/answer"
	until_true 5 gone "$pid"
	[ "$(od -An -tu1 -N1 "$W/answer" | tr -s ' ' | cut -d' ' -f2)" = 8 ] # field 1: the pid is known
	[ ! -e "$B/runtime" ]
	[ ! -e "${A#unix://}" ]
	shim -bundle "$B" delete > "$W/again" # nothing left is success
	[ -s "$W/again" ]
	rm -rf "$B"
	shim -bundle "$B" delete 2>&1 || B=$W shim -bundle "$W/b/killed" delete > /dev/null
}

@test "a late reader finds the output of a program that has ended" {
	begin late sh -c 'echo last words; exit 4'
	mkfifo "$B/out"
	ctl Create bundle="$B" stdout="$B/out"
	ctl Start > /dev/null
	[ "$(ctl Wait | head -1)" = exit_status=4 ]
	[ "$(timeout 5 cat "$B/out")" = 'last words' ]
	ctl Delete | grep -qx exit_status=4
	leave
}

@test "output that nobody reads holds Delete, but not for ever" {
	begin unread sh -c 'echo unread'
	mkfifo "$B/out"
	ctl Create bundle="$B" stdout="$B/out"
	ctl Start > /dev/null
	ctl Wait > /dev/null
	run ctl Delete timeout=1
	status_is 2
	run ctl Delete timeout=1 # the first one goes on; this one is told so
	[ "$status" -ne 0 ]
	until_true 15 no_task
	leave
}
no_task() { ctl State | grep -q '^5 '; }

@test "a root of 90 layers with long names, as containerd hands it over" {
	begin layers sh -c 'cat /bottom /top'
	edit '.root = {path: "rootfs"}'
	long=$W/$(printf 'l%.0s' $(seq 60))
	dirs=
	for i in $(seq 90); do mkdir -p "$long/$i/fs"; dirs="$long/$i/fs${dirs:+:$dirs}"; done
	cp -a "$W/rootfs/." "$long/1/fs"
	echo bottom > "$long/1/fs/bottom"
	echo top > "$long/90/fs/top"
	mkfifo "$B/out"
	cat "$B/out" > "$W/layers.out" &
	ctl Create bundle="$B" stdout="$B/out" rootfs="overlay overlay lowerdir=$dirs"
	grep -q "$B/rootfs" /proc/self/mountinfo
	ctl Start > /dev/null
	ctl Wait | grep -qx exit_status=0
	wait $!
	[ "$(cat "$W/layers.out")" = $'bottom\ntop' ]
	ctl Delete > /dev/null
	not grep -q "$B/rootfs" /proc/self/mountinfo
	leave
}

@test "a snapshot with mapped ids, as containerd 2 hands it over; none without a whole mapping" {
	begin mapped sh -c 'id -u; stat -c %u:%g /bottom / /bin; echo x > /new; stat -c %u:%g /new'
	edit '.root = {path: "rootfs"} | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	mkdir -p "$W/m"/{1,2,up,work}
	cp -a "$W/rootfs/." "$W/m/1"
	echo bottom > "$W/m/1/bottom"
	chown 100000:100000 "$W/m/up"
	overlay="overlay overlay lowerdir=$W/m/2:$W/m/1,upperdir=$W/m/up,workdir=$W/m/work"
	run ctl Create bundle="$B" rootfs="$overlay,uidmap=0:100000:65536"
	status_is 1
	says 'uidmap= and gidmap= need each other'
	run ctl Create bundle="$B" rootfs="$overlay,uidmap=0:100000:0,gidmap=0:100000:65536"
	status_is 1
	says 'INSIDE:OUTSIDE:SIZE'
	mkfifo "$B/out"
	cat "$B/out" > "$W/mapped.out" &
	ctl Create bundle="$B" stdout="$B/out" rootfs="$overlay,uidmap=0:100000:65536,gidmap=0:100000:65536"
	not grep -q "$B/rootfs" /proc/self/mountinfo
	ctl Start > /dev/null
	ctl Wait | grep -qx exit_status=0
	wait $!
	[ "$(cat "$W/mapped.out")" = $'0\n0:0\n0:0\n0:0\n0:0' ]
	[ "$(stat -c %u:%g "$W/m/up/new")" = 100000:100000 ]
	ctl Delete > /dev/null
	leave
	rm -rf "$W/m"
}

@test "-v and -info" {
	run containerd-shim-cleat-v2 -v
	status_is 0
	says Version
	containerd-shim-cleat-v2 -info < /dev/null > "$W/info"
	grep -q io.containerd.cleat.v2 "$W/info"
	grep -q 'runtime-spec/1/features/Features' "$W/info"
	grep -q ociVersionMin "$W/info"
}

@test "garbage on the socket hurts nobody" {
	begin garbage sleep 1000
	create
	ctl Start > /dev/null
	for i in 1 2 3; do head -c 100000 /dev/urandom | timeout 5 socat -t0 - "UNIX-CONNECT:${A#unix://}" > /dev/null 2>&1 || :; done
	python3 - "${A#unix://}" <<-'END'
		import socket, struct, sys
		s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
		s.sendall(struct.pack('>IIBB', 5 << 20, 1, 1, 0) + bytes(5 << 20))
		head = s.recv(10, socket.MSG_WAITALL); n = struct.unpack('>I', head[:4])[0]
		assert b'exceed maximum message size' in s.recv(n, socket.MSG_WAITALL)
		s.sendall(b'\0\0')
	END
	state_is RUNNING
	finish
}

# talk SHIM: the conversation of lib/protocol.py with it; answers and events in $W/SHIM.
talk() {
	local events
	mkdir "$W/$1" "$W/$1/b"
	"$CLEAT_BIN/../tests/shimevents" "$W/$1/events.sock" > "$W/$1/events" 3>&- &
	events=$!
	until_true 5 test -S "$W/$1/events.sock"
	timeout 120 python3 "$STORY_DIR/lib/protocol.py" run "containerd-shim-$1-v2" "$W/$1/b" "$W/rootfs" "$CGP" "$W/$1/events.sock" \
		> "$W/$1/said" 2> "$W/$1/errors" || cat "$W/$1/errors" >&2
	[ "$(grep -c /tasks/create "$W/$1/events")" = 3 ]
	until_true 10 sh -c "[ \$(grep -c /tasks/delete '$W/$1/events') = 3 ]"
	end_process "$events"
}

@test "runc's shim and ours give the same answers to the same words, but for what is listed" {
	talk runc
	talk cleat
	python3 "$STORY_DIR/lib/protocol.py" compare "$W/runc/said" "$W/cleat/said" "$STORY_DIR/lib/protocol-differences.txt"
	diff "$W/runc/events" "$W/cleat/events"
}
