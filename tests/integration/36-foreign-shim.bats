#!/usr/bin/env bats
# Somebody else's shim under cleatd: the unmodified containerd-shim-runc-v2 lives and dies as our own does.
bats_require_minimum_version 1.5.0
load lib

setup_file() {
	world_make foreign
	printf '[shim/runc]\nbinary = /usr/bin/containerd-shim-runc-v2\n' >> "$W/cleat.ini"
	busybox_image bb:1
}

teardown_file() {
	local status=0
	world_end || status=1
	for shim in $(shims); do
		end_process "$shim"
		status=1
	done
	return $status
}

# Those of this world: their command line names its socket.
shims() {
	local dir
	for dir in /proc/[0-9]*; do
		tr '\0' '\n' 2>/dev/null < "$dir/cmdline" | grep -qx "$W/state/cleatd.sock" || continue
		[ "$(readlink "$dir/exe")" = /usr/bin/containerd-shim-runc-v2 ] && echo "${dir#/proc/}"
	done
	return 0
}

no_shims() { [ -z "$(shims)" ]; }

kill_daemon() {
	local pid
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
}

state() { cleat inspect "$1" | jq -r '.[0].State.Status'; }
foreign() { cleat run --runtime runc "$@"; }

@test "run: output, input, exit status; what cannot be run is 126 or 127" {
	run foreign --rm bb:1 sh -c 'echo out; echo err >&2; exit 7'
	status_is 7
	says out
	says err
	[ "$(echo typed | foreign --rm -i bb:1 cat)" = typed ]
	[ "$(foreign --rm bb:1 head -c 1000000 /dev/zero | wc -c)" = 1000000 ]
	run -127 foreign --rm bb:1 /nonexistent
	says /nonexistent
	run foreign --rm bb:1 /etc/passwd
	status_is 126
	until_true 10 no_shims
	[ -z "$(cleat ps -aq)" ]
}

@test "exec: output, input, exit status, a user, a terminal" {
	foreign -d --name e bb:1 sleep 1000
	[ "$(cleat exec e hostname)" = "$(cleat inspect e | jq -r '.[0].Id[:12]')" ]
	[ "$(echo typed | cleat exec -i e cat)" = typed ]
	[ "$(cleat exec -u 1000:50 e id -u)" = 1000 ]
	run cleat exec -u user e id -u
	[ "$status" -ne 0 ]
	one_line
	says 'knows only numbers'
	run cleat exec e sh -c 'exit 5'
	status_is 5
	run -127 cleat exec e nonesuch
	run cleat exec e /etc/passwd
	status_is 126
	run python3 "$STORY_DIR/lib/pty.py" 40 90 'expect:#' 'send:stty size\n' 'expect:40 90' 'send:exit 4\n' -- cleat exec -it e sh
	status_is 4
	cleat rm -f e
}

@test "run -it: a terminal of the right size" {
	run python3 "$STORY_DIR/lib/pty.py" 33 101 'expect:#' 'send:stty size\n' 'expect:33 101' 'send:exit 5\n' -- cleat run --rm --runtime runc -it bb:1 sh
	status_is 5
}

@test "stop: its signal, its status; wait, start again, pause, new limits, counters" {
	id=$(foreign -d --name s bb:1 sh -c 'trap "exit 42" TERM; echo x >> /starts; while :; do sleep 0.1; done')
	until_true 10 cleat exec s test -s /starts
	cleat stop s
	[ "$(cleat wait s)" = 42 ]
	cleat start s
	until_true 10 cleat exec s sh -c '[ $(grep -c x /starts) = 2 ]'
	cleat pause s
	[ "$(state s)" = paused ]
	cleat unpause s
	cleat update --memory 64m s
	PYTHONPATH=$STORY_DIR/lib python3 - "$W/state/cleatd.sock" "$id" <<-'END'
		import json, sys, ttrpc
		code, text, answer = ttrpc.Client(sys.argv[1]).call("Stats", [(2, sys.argv[2])], "cleat.v1.Containers")
		stats = json.loads(ttrpc.field(answer, 1))
		assert code == 0 and stats["Pids"] >= 1 and stats["MemoryLimit"] == 64 << 20, (code, text, stats)
	END
	run cleat top s
	says 'sleep 0.1'
	cleat rm -f s
	until_true 10 no_shims
}

@test "restart policies: a failure brings it back, the budget ends, stop ends always" {
	foreign -d --name f --restart on-failure:2 bb:1 sh -c 'exit 3'
	until_true 20 sh -c '[ "$(cleat inspect f | jq -r "[.[0].State.Status, .[0].RestartCount] | join(\" \")")" = "exited 2" ]'
	[ "$(cleat inspect f | jq '.[0].State.ExitCode')" = 3 ]
	cleat rm f
	foreign -d --name a --restart always bb:1 sleep 1000
	kill -9 "$(cleat inspect a | jq '.[0].State.Pid')"
	until_true 20 sh -c '[ "$(cleat inspect a | jq -r "[.[0].State.Status, .[0].RestartCount] | join(\" \")")" = "running 1" ]'
	cleat stop -t 0 a
	[ "$(state a)" = exited ]
	cleat rm a
}

@test "kill -9 cleatd: the next one finds it running; an end in its absence is told" {
	foreign -d --name k bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done'
	pid=$(cleat inspect k | jq '.[0].State.Pid')
	kill_daemon
	[ "$(cleat inspect k | jq '.[0].State.Pid')" = "$pid" ]
	[ "$(cleat exec k echo still)" = still ]
	kill_daemon
	kill -TERM "$pid"
	until_true 10 gone "$pid"
	[ "$(cleat wait k)" = 42 ]
	cleat rm k
	until_true 10 no_shims
}

@test "a daemon that found it removes all of it: process, shim, socket" {
	foreign -d --name r bb:1 sleep 1000
	pid=$(cleat inspect r | jq '.[0].State.Pid')
	kill_daemon
	cleat rm -f r
	until_true 10 gone "$pid"
	until_true 10 no_shims
}

@test "its shim is killed: the container ends with it, and that is told; its policy is asked" {
	foreign -d --name orphan bb:1 sleep 1000
	pid=$(cleat inspect orphan | jq '.[0].State.Pid')
	kill -9 "$(awk '/^PPid/{print $2}' "/proc/$pid/status")"
	[ "$(cleat wait orphan)" = 137 ]
	until_true 10 gone "$pid"
	cleat rm orphan
	foreign -d --name back --restart always bb:1 sleep 1000
	pid=$(cleat inspect back | jq '.[0].State.Pid')
	kill -9 "$(awk '/^PPid/{print $2}' "/proc/$pid/status")"
	until_true 20 sh -c '[ "$(cleat inspect back | jq -r "[.[0].State.Status, .[0].RestartCount] | join(\" \")")" = "running 1" ]'
	gone "$pid"
	cleat rm -f back
}

@test "a shim that is no shim: one sentence, nothing left" {
	printf '[shim/none]\nbinary = /nonexistent/shim\n[shim/true]\nbinary = /bin/true\n' >> "$W/cleat.ini"
	pid=$(daemon_pid) && end_process "$pid"
	for name in none true; do
		run cleat run --rm --runtime "$name" bb:1 true
		status_is 125
		one_line
	done
	[ -z "$(cleat ps -aq)" ]
}
