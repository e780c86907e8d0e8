#!/usr/bin/env bats
# cleat-oci: what a caller sees besides states: exit status, streams, descriptors, signals, files, terminals.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world cli; ID=c; }
teardown() { oci_world_end; }

# go ARGS...: run the program in a fresh container $ID, in the foreground.
go() {
	oci_config ".process.args = $(jq -nc '$ARGS.positional' --args -- "$@")"
	run oci run -b "$BUNDLE" "$ID"
}
sh() { go sh -c "$1"; }

@test "version: what podman and docker parse" {
	run cleat-oci --version
	[[ ${lines[0]} =~ ^cleat-oci\ version\ [0-9] ]]
	[[ ${lines[1]} =~ ^commit:\  ]]
	[[ ${lines[2]} =~ ^spec:\ 1\. ]]
	run cleat-oci -v
	status_is 0
}

@test "features: says what the specification asks for" {
	run cleat-oci features
	status_is 0
	[ "$(jq -r '.ociVersionMin, (.linux.namespaces | index("pid") != null), (.hooks | length > 0)' <<< "$output" | tr '\n' ' ')" = "1.0.0 true true " ]
}

@test "flags may stand behind the id, but not in what a program is given" {
	reach running
	run oci kill "$ID" KILL --all
	status_is 0
	until_true 5 in_state stopped
	run oci delete "$ID" -f --no-such
	[ "$status" -ne 0 ]
	says "--no-such"
	run oci delete "$ID" -f
	status_is 0
	absent
	reach running
	[ "$(oci exec "$ID" echo -e --tty)" = "--tty" ]
	run oci delete -f -- "$ID" -x
	[ "$status" -ne 0 ]
	oci delete -f -- "$ID"
}

@test "run: the program's own status, and 128 and the signal" {
	sh 'exit 0'; status_is 0
	sh 'exit 7'; status_is 7
	sh 'exit 255'; status_is 255
	oci_config '.process.args = ["sleep", "1000"]'
	oci run -b "$BUNDLE" "$ID" > /dev/null 2>&1 3>&- &
	local run=$!
	until_true 5 in_state running
	oci kill "$ID" KILL
	status=0
	wait $run || status=$?
	status_is 137
	absent
}

@test "run --keep leaves the stopped container" {
	oci_config '.process.args = ["sh", "-c", "exit 3"]'
	run oci run --keep -b "$BUNDLE" "$ID"
	status_is 3
	in_state stopped
}

@test "exec: the program's own status, 255 when it did not start" {
	reach running
	run oci exec "$ID" sh -c 'exit 9'; status_is 9
	run oci exec "$ID" sh -c 'kill -TERM $$'; status_is 143
	run oci exec "$ID" no-such-program; status_is 255
	says "executable file not found in"
	one_line
	run oci exec "$ID" /no/such; status_is 255
	says "no such file or directory"
	run oci exec "$ID" /etc/passwd; status_is 255
	says "ermission denied"
	run oci exec "$ID"; status_is 255
	[ "$(oci ps -f json "$ID" | jq length)" -eq 1 ]
}

@test "run: a program that is not there, cannot be executed, or is a directory" {
	go no-such-program
	[ "$status" -ne 0 ]
	says "executable file not found in"
	one_line
	absent
	go /no/such
	says "no such file or directory"
	absent
	go /etc/passwd
	says "ermission denied"
	absent
	go /etc
	[ "$status" -ne 0 ]
	absent
}

@test "exec: flags" {
	reach running
	[ "$(oci exec -e A=5 "$ID" sh -c 'echo $A')" = 5 ]
	[ "$(oci exec --cwd /tmp "$ID" pwd)" = /tmp ]
	[ "$(oci exec -u 1000:50 "$ID" id -u)" = 1000 ]
	[ "$(oci exec -u 1000:50 "$ID" id -g)" = 50 ]
	[ "$(oci exec -g 77 "$ID" id -G | tr ' ' '\n' | grep -x 77)" = 77 ]
	[ "$(echo typed | oci exec "$ID" cat)" = typed ]
	oci exec --cap CAP_NET_RAW "$ID" grep CapEff /proc/self/status | grep -q 2420
	oci exec --no-new-privs "$ID" grep -q 'NoNewPrivs:.1' /proc/self/status
	for uid in 0 1 9 10 65534; do [ "$(oci exec -u $uid "$ID" id -u)" = $uid ]; done
	for uid in 99999999999 4294967296 4294967295 1:2:3 ' 1' +1 0x0 -1 1e3; do
		run oci exec "--user=$uid" "$ID" id -u
		status_is 255
	done
}

@test "exec --process: a document, detached, with a pid file" {
	reach running
	jq -n '{terminal: false, cwd: "/", args: ["sleep", "500"], env: ["PATH=/bin"], user: {uid: 1000, gid: 1000}}' > "$W/p.json"
	captured oci exec --process "$W/p.json" --detach --pid-file "$W/pid" "$ID"
	status_is 0
	[[ $(cat "$W/pid") =~ ^[0-9]+$ ]]
	[ "$(stat -c %s "$W/pid")" = "$(tr -d '\n' < "$W/pid" | wc -c)" ]
	grep -q 'Uid:.1000' "/proc/$(cat "$W/pid")/status"
	[ "$(oci ps -f json "$ID" | jq length)" -eq 2 ]
	rm "$W/pid"
	jq '.args = ["no-such"]' "$W/p.json" > "$W/q.json"
	captured oci exec --process "$W/q.json" --detach --pid-file "$W/pid" "$ID"
	[ "$status" -ne 0 ]
	[ ! -e "$W/pid" ]
}

@test "create: the pid file is digits, and a link in its place is replaced" {
	ln -s "$W/CANARY" "$W/pid"
	oci_config
	captured oci create -b "$BUNDLE" --pid-file "$W/pid" "$ID"
	status_is 0
	[ ! -L "$W/pid" ]
	[ "$(cat "$W/pid")" = "$(oci state "$ID" | jq .pid)" ]
	oci delete "$ID"
	mkdir "$W/piddir"
	captured oci create -b "$BUNDLE" --pid-file "$W/piddir" "$ID"
	[ "$status" -ne 0 ]
	absent
}

@test "hostile ids (R8)" {
	oci_config
	for id in '' . .. ../x a/b 'a b' $'a\nb' "$(printf 'a%.0s' {1..300})" 'ä' '%n' .x; do
		for command in "create -b $BUNDLE" start state kill delete "delete -f" exec; do
			# shellcheck disable=SC2086
			captured oci $command "$id" true
			[ "$status" -ne 0 ] || { echo "'$id' was accepted by $command" >&2; false; }
		done
	done
	captured oci create -b "$BUNDLE" -- -x
	[ "$status" -ne 0 ]
	[ -z "$(ls "$OCI_ROOT")" ]
}

@test "bad signals (R30), and good ones in every form" {
	reach created
	for signal in FOO 0 65 SIGFOO '' 9x ' ' -1; do
		run oci kill "$ID" "$signal"
		[ "$status" -ne 0 ] || { echo "'$signal' was accepted" >&2; false; }
	done
	for signal in 18 CONT SIGCONT sigcont RTMIN+3 SIGRTMAX; do oci kill "$ID" $signal; done
	in_state created
}

@test "output that cannot be written is an error (R22)" {
	reach running
	for command in "state $ID" list "list -q" "ps -f json $ID" features "events --stats $ID"; do
		# shellcheck disable=SC2086
		run bash -c 'cleat-oci --root "$OCI_ROOT" "$@" > /dev/full' _ $command
		[ "$status" -ne 0 ] || { echo "$command did not notice" >&2; false; }
		says "No space left"
	done
	run bash -c 'cleat-oci --version > /dev/full'
	[ "$status" -ne 0 ]
}

@test "the log: the last error as JSON, with a time that parses" {
	run cleat-oci --root "$OCI_ROOT" --log "$W/log" --log-format json state nobody
	[ "$status" -eq 1 ]
	[ "$(tail -1 "$W/log" | jq -r .level,.msg | tr '\n' ' ')" = "error container does not exist " ]
	date -d "$(tail -1 "$W/log" | jq -r .time)" > /dev/null
	[[ $(tail -1 "$W/log" | jq -r .time) =~ ^20[0-9-]+T[0-9:.]+Z$ ]]
	says "container does not exist"
	one_line
	run cleat-oci --root "$OCI_ROOT" --log "$W/none/log" state nobody
	[ "$status" -ne 0 ]
}

@test "no descriptor of ours or of the caller's reaches the program (F4), but those asked for do" {
	oci_config '.process.args = ["sh", "-c", "ls /proc/self/fd"]'
	run bash -c 'for fd in {10..60}; do eval "exec $fd< /dev/null"; done; cleat-oci --root "$OCI_ROOT" run -b "$0" c' "$BUNDLE"
	status_is 0
	[ "$(sort -n <<< "$output" | tr '\n' ' ')" = "0 1 2 3 " ] # 3 is the one of ls itself
	oci_config '.process.args = ["sh", "-c", "cat <&3; cat <&4"]'
	echo three > "$W/three"
	echo four > "$W/four"
	run bash -c 'exec 3< "$W/three" 4< "$W/four"; cleat-oci --root "$OCI_ROOT" run --preserve-fds 2 -b "$0" c' "$BUNDLE"
	[ "$output" = $'three\nfour' ]
	run bash -c 'exec 3< "$W/three" 4<&-; cleat-oci --root "$OCI_ROOT" run --preserve-fds 2 -b "$0" c' "$BUNDLE"
	[ "$status" -ne 0 ]
	says "descriptor 4"
	absent
}

@test "LISTEN_FDS are passed on, when they are ours" {
	oci_config '.process.args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; cat <&3"]'
	echo three > "$W/three"
	run bash -c 'exec 3< "$W/three"; export LISTEN_FDS=1 LISTEN_PID=$$; exec cleat-oci --root "$OCI_ROOT" run -b "$0" c' "$BUNDLE"
	[ "$output" = $'1 1\nthree' ]
	run bash -c 'exec 3< "$W/three"; export LISTEN_FDS=1 LISTEN_PID=1; exec cleat-oci --root "$OCI_ROOT" run -b "$0" c' "$BUNDLE"
	[[ $output != *three* ]]
}

@test "closed streams become /dev/null (R23)" {
	oci_config '.process.args = ["sh", "-c", "for n in 0 1 2; do readlink /proc/self/fd/$n; done > /tmp/fds; exit 0"]'
	rm -f "$OCI_ROOTFS/tmp/fds"
	cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID" <&- >&- 2>&-
	[ "$(sed -n 1p "$OCI_ROOTFS/tmp/fds")" = /dev/null ]
	[ "$(sed -n 3p "$OCI_ROOTFS/tmp/fds")" = /dev/null ]
}

@test "the program starts with no signal blocked or ignored (R24)" {
	oci_config '.process.args = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]'
	run bash -c 'trap "" HUP PIPE TERM USR1; cleat-oci --root "$OCI_ROOT" run -b "$0" c' "$BUNDLE"
	[ "$(awk '{print $2}' <<< "$output" | tr '\n' ' ')" = "0000000000000000 0000000000000000 " ]
	reach running
	run bash -c 'trap "" HUP PIPE TERM USR1; cleat-oci --root "$OCI_ROOT" exec "$0" grep -E "Sig(Blk|Ign)" /proc/self/status' "$ID"
	[ "$(awk '{print $2}' <<< "$output" | tr '\n' ' ')" = "0000000000000000 0000000000000000 " ]
}

@test "signals to run are passed on to the program" {
	oci_config '.process.args = ["sh", "-c", "trap \"echo got term; exit 3\" TERM; trap \"echo got usr1\" USR1; echo ready; while :; do sleep 0.1; done"]'
	cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID" > "$W/out" 2>&1 3>&- &
	local pid=$!
	until_true 5 grep -q ready "$W/out"
	kill -USR1 $pid
	until_true 5 grep -q "got usr1" "$W/out"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	status_is 3
	grep -q "got term" "$W/out"
	absent
}

@test "a configuration that changes after create has no effect (R21)" {
	oci_config '.process.args = ["sh", "-c", "echo first > /tmp/which"]'
	captured oci create -b "$BUNDLE" "$ID"
	jq '.process.args = ["sh", "-c", "echo second > /tmp/which"]' "$BUNDLE/config.json" > "$BUNDLE/new"
	mv "$BUNDLE/new" "$BUNDLE/config.json"
	oci start "$ID"
	until_true 5 in_state stopped
	[ "$(cat "$OCI_ROOTFS/tmp/which")" = first ]
}

@test "init that is killed between create and start (R2)" {
	reach created
	kill -9 "$(oci state "$ID" | jq .pid)"
	until_true 5 in_state stopped
	captured timeout 5 cleat-oci --root "$OCI_ROOT" start "$ID"
	[ "$status" -eq 1 ]
	says "cannot start a container that has stopped"
	oci delete "$ID"
}

@test "of many that create the same id, one wins (R7)" {
	oci_config
	for n in {1..12}; do
		(cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID" > "$W/race.$n" 2>&1 3>&- && echo won >> "$W/won" || cat "$W/race.$n" >> "$W/lost") &
	done
	wait
	[ "$(wc -l < "$W/won")" -eq 1 ]
	[ "$(grep -c "container with given ID already exists" "$W/lost")" -eq 11 ]
	in_state created
}

@test "create that is killed at any moment is cleared by delete --force (R1)" {
	oci_config
	for t in 0 1 2 3 4 5 6 8 10 12 15 20 30; do
		cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID" > /dev/null 2>&1 3>&- &
		local pid=$!
		sleep "0.0$(printf %02d $t)"
		kill -9 $pid 2> /dev/null || :
		wait $pid || :
		oci delete -f "$ID"
		absent
		[ -z "$(cgroup_dirs | grep "/$ID$")" ] || { echo "cgroups left after $t ms" >&2; false; }
	done
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
}

@test "a full disk under --root (R10)" {
	mkdir "$W/full"
	mount -t tmpfs -o size=8k,nr_inodes=4 tmpfs "$W/full"
	oci_config
	head -c 16384 /dev/zero > "$W/full/fill" 2> /dev/null || :
	captured cleat-oci --root "$W/full/root" create -b "$BUNDLE" "$ID"
	local left=$(ls "$W/full/root" 2> /dev/null)
	umount "$W/full"
	[ "$status" -ne 0 ]
	says "No space left"
	[ -z "$left" ]
}

@test "terminal in the foreground: size, input, and ours restored" {
	oci_config '.process.terminal = true | .process.args = ["sh", "-c", "stty size; read line; echo got $line; tty; exit 4"]'
	run python3 "$STORY_DIR/lib/pty.py" 33 99 "expect:33 99" "send:hello\\n" "expect:got hello" -- cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID"
	status_is 4
	says "/dev/pts/0"
	absent
	oci_config '.process.terminal = true | .process.args = ["sh", "-c", "trap \"stty size\" WINCH; echo ready; while :; do sleep 0.1; done"]'
	run python3 "$STORY_DIR/lib/pty.py" 33 99 expect:ready resize:40x101 "expect:40 101" kill:TERM kill:KILL -- cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID"
	oci delete -f "$ID"
}

@test "terminal of an exec in the foreground" {
	reach running
	run python3 "$STORY_DIR/lib/pty.py" 20 70 "expect:20 70" -- cleat-oci --root "$OCI_ROOT" exec -t "$ID" sh -c 'stty size; exit 6'
	status_is 6
}

@test "terminal through a console socket" {
	oci_config '.process.terminal = true | .process.args = ["sh", "-c", "echo on a terminal; tty; sleep 1000"]'
	python3 "$STORY_DIR/lib/console.py" "$W/console" "on a terminal" > "$W/seen" 2>&1 3>&- &
	local pid=$!
	until_true 5 test -S "$W/console"
	captured oci create -b "$BUNDLE" --console-socket "$W/console" "$ID"
	status_is 0
	oci start "$ID"
	wait $pid
	grep -q "/dev/pts/0" "$W/seen" || grep -q "on a terminal" "$W/seen"
	captured oci create -b "$BUNDLE" d
	[ "$status" -ne 0 ]
	says "without setting console socket"
	captured oci create -b "$BUNDLE" --console-socket "$W/nobody" d
	[ "$status" -ne 0 ]
	oci_config
	captured oci create -b "$BUNDLE" --console-socket "$W/console" d
	[ "$status" -ne 0 ]
	[ ! -e "$OCI_ROOT/d" ]
}

@test "spec: a template that runs, and never over an existing file" {
	mkdir "$W/b"
	cleat-oci spec -b "$W/b"
	run cleat-oci spec -b "$W/b"
	[ "$status" -ne 0 ]
	says "config.json exists"
	[ "$(jq '.process.capabilities.inheritable | length' "$W/b/config.json")" = 0 ]
	mkdir "$W/r"
	cleat-oci spec --rootless -b "$W/r"
	[ "$(jq -r '.linux.uidMappings[0].size' "$W/r/config.json")" = 1 ]
}

@test "events: figures at intervals until the end" {
	oci_config '.process.args = ["sleep", "1"]'
	captured oci run -d -b "$BUNDLE" "$ID"
	run timeout 10 cleat-oci --root "$OCI_ROOT" events --interval 200ms "$ID"
	status_is 0
	[ "${#lines[@]}" -ge 2 ]
	[ "$(jq -r .type <<< "${lines[0]}")" = stats ]
}

@test "events: an out-of-memory kill is told" {
	oci_config '.process.args = ["sh", "-c", "sleep 1; dd if=/dev/zero of=/dev/null bs=64M; sleep 1"] | .linux.resources.memory = {limit: 16777216, swap: 16777216}'
	captured oci run -d -b "$BUNDLE" "$ID"
	run timeout 20 cleat-oci --root "$OCI_ROOT" events --interval 300ms "$ID"
	grep -q '"type":"oom"' <<< "$output"
}

@test "too few descriptors are an error, and nothing is left (R13)" {
	oci_config "del(.process.rlimits)"
	for n in 3 4 5 6 7 8 9 10 12 16 20 24 28 29 30 31 32 33 34 35 36; do
		captured bash -c "ulimit -n $n; exec cleat-oci --root '$OCI_ROOT' create -b '$BUNDLE' '$ID'"
		[ "$status" -eq 0 ] || absent
		[ "$status" -ne 0 ] || oci delete -f "$ID"
		[ -z "$(cgroup_dirs | grep "/$ID$")" ] || { echo "cgroups left with $n" >&2; false; }
	done
	captured bash -c "ulimit -n 64; exec cleat-oci --root '$OCI_ROOT' create -b '$BUNDLE' '$ID'"
	status_is 0
}

@test "start of an init that is stopped by a signal returns within a bound (R3)" {
	reach created
	local pid=$(oci state "$ID" | jq .pid)
	kill -STOP "$pid"
	captured timeout 30 cleat-oci --root "$OCI_ROOT" start "$ID"
	[ "$status" -ne 124 ]
	kill -CONT "$pid"
	oci delete -f "$ID"
}

@test "no cgroup is touched with --cgroup-manager disabled" {
	oci_config '.process.args = ["cat", "/proc/self/cgroup"]'
	run oci --cgroup-manager disabled run -b "$BUNDLE" "$ID"
	status_is 0
	[ -z "$(cgroup_dirs)" ]
	run oci --cgroup-manager nonsense run -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	says nonsense
	absent
}
