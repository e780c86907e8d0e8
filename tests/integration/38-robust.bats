#!/usr/bin/env bats
# One client, one failing program or one stuck shim is nobody else's trouble; an end is on disk before it is told.
load lib

setup_file() {
	world_make robust
	world_ini 'shim-timeout = 1s' > "$W/cleat.ini"
	busybox_image bb:1
}
teardown_file() { world_end; }

id_of() { cleat inspect "$1" | jq -r '.[0].Id'; }
init_of() { cleat inspect "$1" | jq '.[0].State.Pid'; }
file_of() { echo "$W/state/default/$(id_of "$1")/$2"; }
known_shim() { [ -s "$(file_of "$1" shim.pid)" ]; }
shim_of() { cut -d' ' -f1 "$(file_of "$1" shim.pid)"; }
descriptors() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }
memory() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
hostile() { PYTHONPATH=$STORY_DIR/lib python3 "$STORY_DIR/lib/hostile.py" "$@"; }

@test "a thousand connections, garbage, and one that never reads: the daemon serves others" {
	cleat ps > /dev/null
	hostile "$(daemon_pid)" "$W/state/cleatd.sock" cleat.v1.Containers List default ''
}

@test "a thousand connections, garbage, and one that never reads: the shim serves others" {
	cleat run -d --name h bb:1 sleep 1000
	until_true 10 known_shim h
	address=$(cat "$(file_of h address)")
	hostile "$(shim_of h)" "${address#unix://}" containerd.task.v2.Task State '' "$(id_of h)"
	[ "$(cleat exec h echo fine)" = fine ]
	cleat rm -f h
}

# CLEAT_LONG: ten thousand.
@test "execs that fail leave descriptors and memory where they were" {
	local n=200
	[ -z "${CLEAT_LONG:-}" ] || n=10000
	cleat run -d --name x bb:1 sleep 1000
	until_true 10 known_shim x
	shim=$(shim_of x)
	daemon=$(daemon_pid)
	fail() { local i; for ((i = 0; i < $1; i++)); do cleat exec x /nonexistent > /dev/null 2>&1 && return 1; done; return 0; }
	fail 20
	fds="$(descriptors "$shim") $(descriptors "$daemon")"
	kb=$(($(memory "$shim") + $(memory "$daemon")))
	fail "$n"
	until_true 10 sh -c '[ "$(ls /proc/'"$shim"'/fd | wc -l) $(ls /proc/'"$daemon"'/fd | wc -l)" = "'"$fds"'" ]'
	echo "memory: $kb kB before, $(($(memory "$shim") + $(memory "$daemon"))) kB after $n failed execs"
	[ $(($(memory "$shim") + $(memory "$daemon"))) -le $((kb + 512)) ]
	[ "$(cleat exec x echo fine)" = fine ]
	[ -z "$(find "$(file_of x io)" -type p -name '*-std*')" ]
	cleat rm -f x
}

@test "a shim that stands still: others are served, rm -f ends it by a deadline" {
	cleat run -d --name stuck bb:1 sleep 1000
	cleat run -d --name other bb:1 sleep 1000
	until_true 10 known_shim stuck
	shim=$(shim_of stuck)
	pid=$(init_of stuck)
	kill -STOP "$shim"
	[ "$(timeout 5 cleat exec other echo fine)" = fine ]
	run timeout 5 cleat ps
	says stuck
	run timeout 10 cleat exec stuck true
	[ "$status" -ne 0 ]
	[ "$status" -ne 124 ]
	one_line
	run timeout 10 cleat pause stuck
	status_is 1
	one_line
	says "the shim of container stuck does not answer: it is stopped or stuck; cleat restart stuck gives it up and begins anew"
	timeout 60 cleat rm -f stuck
	until_true 10 gone "$shim"
	until_true 10 gone "$pid"
	cleat rm -f other
}

@test "a daemon that comes back to a shim that stands still gives its container to another" {
	cleat run -d --name stood bb:1 sleep 1000
	until_true 10 known_shim stood
	shim=$(shim_of stood)
	pid=$(init_of stood)
	file=$(file_of stood shim.pid)
	kill -STOP "$shim"
	daemon=$(daemon_pid)
	kill -9 "$daemon"
	until_true 5 gone "$daemon"
	run timeout 5 cleat ps
	says stood
	until_true 20 sh -c '[ "$(cut -d" " -f1 "'"$file"'")" != '"$shim"' ]'
	[ "$(init_of stood)" = "$pid" ]
	[ "$(cleat exec stood echo fine)" = fine ]
	until_true 10 gone "$shim"
	cleat rm -f stood
}

# Of what the shim does after it has reaped PID: the record is on disk before anybody is told.
record_first() {
	python3 - "$1" "$2" <<-'END'
		import re, sys
		lines = [re.sub(r"^\d+ +", "", line) for line in open(sys.argv[1])]
		at = next(i for i, line in enumerate(lines) if "waitid(" in line and "si_pid=" + sys.argv[2] in line)
		sync = rename = None
		for i, line in enumerate(lines[at + 1:], at + 1):
		    if sync is None and re.match(r"(fsync|fdatasync)\(", line) and line.rstrip().endswith("= 0"):
		        sync = i
		    if rename is None and line.startswith("rename") and ".json" in line:
		        rename = i
		    if re.match(r"(sendmsg|sendto|writev)\(", line):
		        break
		else:
		    sys.exit("nobody was told")
		if sync is None or rename is None or not sync < rename:
		    sys.exit("told before it was on disk:\n" + "".join(lines[at:i + 1]))
	END
}

@test "the end of an exec and of init is on disk, synced, before the event and the answer" {
	cleat run -d --name t bb:1 sh -c 'while [ ! -s /go ]; do sleep 0.05; done; exit 9'
	until_true 10 known_shim t
	shim=$(shim_of t)
	pid=$(init_of t)
	bundle=$(file_of t .)
	strace -f -o "$W/trace" -p "$shim" -e trace=waitid,fsync,fdatasync,rename,renameat,renameat2,sendmsg,sendto,writev 2> "$W/attached" 3>&- &
	tracer=$!
	until_true 10 grep -q attached "$W/attached"
	run cleat exec t sh -c 'exit 6'
	status_is 6
	record=$(find "$bundle" -name 'exec-*.json')
	[ "$(jq .exit_status "$record")" = 6 ]
	record_first "$W/trace" "$(jq .pid "$record")"
	echo 1 > "/proc/$pid/root/go"
	[ "$(cleat wait t)" = 9 ]
	end_process "$tracer"
	record_first "$W/trace" "$pid"
	cleat rm t
}

@test "the shim dies between the record and the word of it: the end is told from the record" {
	cleat run -d --name r bb:1 sh -c 'while [ ! -s /go ]; do sleep 0.05; done; exit 13'
	until_true 10 known_shim r
	shim=$(shim_of r)
	pid=$(init_of r)
	record=$(file_of r exit.json)
	# stops in the system call that makes the record visible, which then happens or does not
	strace -f -o /dev/null -p "$shim" -e trace=renameat,renameat2,rename -e inject=renameat,renameat2,rename:signal=SIGKILL:when=1 2> "$W/attached" 3>&- &
	tracer=$!
	until_true 10 grep -q attached "$W/attached"
	echo 1 > "/proc/$pid/root/go"
	until_true 10 gone "$shim"
	end_process "$tracer"
	[ "$(cleat wait r)" = 13 ]
	cleat rm r
}
