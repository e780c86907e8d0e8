#!/usr/bin/env bats
# Our shim under a real containerd: what ctr users see, and what containerd relies on when things break.
bats_require_minimum_version 1.5.0
load lib
load lib/ctr

setup_file() { ctr_world ctr; }
teardown_file() { ctr_world_end; }

@test "run: output, errors and the exit status arrive, and nothing stays" {
	run --separate-stderr ctr_run hello --rm -- /bin/sh -c 'echo out; echo err >&2; exit 7'
	status_is 7
	[ "$output" = out ]
	[ "$stderr" = err ]
	nothing_left
}

@test "run: a large output is complete" {
	[ "$(ctr_run big --rm -- /bin/seq 1 200000 | md5sum)" = "$(seq 1 200000 | md5sum)" ]
}

@test "run: standard input ends when the client's does" {
	# ctr 1.6 forgets CloseIO when its input ends before the task is there: end it afterwards
	{ echo piped; until_true 10 grep -q piped "$W/input.out"; } | ctr_run input --rm -- /bin/cat > "$W/input.out"
	[ "$(cat "$W/input.out")" = piped ]
}

@test "run: a program that does not exist is named, and leaves nothing" {
	run ctr_run missing --rm -- /no/such/program
	status_is 1
	says '/no/such/program'
	nothing_left
	run ctr container ls -q
	says_not missing
}

@test "run -t: a terminal with the program's output, its size, and its exit status" {
	flags="--runtime io.containerd.cleat.v2 --cgroup $CGP/term --rm -t --rootfs $W/rootfs"
	run script -qec "ctr run $flags term /bin/sh -c 'tty; read x; echo got=\$x; exit 5'" /dev/null <<< typed
	status_is 5
	says /dev/
	says got=typed
}

@test "exec, in the same container, with its own exit status, input and terminal" {
	ctr_run web -d -- /bin/sleep 1000
	run --separate-stderr ctr task exec --exec-id one web /bin/sh -c 'echo from exec; echo bad >&2; exit 3'
	status_is 3
	[ "$output" = "from exec" ]
	[ "$stderr" = bad ]
	{ echo in; until_true 10 grep -q in "$W/exec.out"; } | ctr task exec --exec-id two web /bin/cat > "$W/exec.out"
	[ "$(cat "$W/exec.out")" = in ]
	run script -qec "ctr task exec -t --exec-id three web /bin/sh -c 'tty && echo has one'" /dev/null < /dev/null
	says 'has one'
	run ctr task exec --exec-id four web /no/such
	[ "$status" -ne 0 ]
	says /no/such
	[ "$(ctr task exec --exec-id five web /bin/echo still)" = still ]
	ctr task kill -s 9 web
	rm_task web
	nothing_left
}

@test "the container's init is a child of the shim, and the shim of init" {
	ctr_run parents -d -- /bin/sleep 1000
	shim=$(awk '{ print $4 }' "/proc/$(task_pid parents)/stat")
	[[ $(< "/proc/$shim/comm") == cleat-shim* ]]
	[ "$(awk '{ print $4 }' "/proc/$shim/stat")" = 1 ]
	grep -qzx -- parents "/proc/$shim/cmdline"
	ctr task kill -s 9 parents
	rm_task parents
}

@test "pause, resume and metrics" {
	ctr_run frozen -d -- /bin/sleep 1000
	ctr task pause frozen
	task_is frozen PAUSED
	run ctr task pause frozen
	says 'cannot pause a paused container'
	run ctr task exec --exec-id x frozen /bin/true
	says 'cannot exec in a paused state'
	ctr task resume frozen
	task_is frozen RUNNING
	run ctr task resume frozen
	says 'cannot resume a running process'
	run ctr task metrics frozen
	status_is 0
	says memory
	says pids.current
	run ctr task ps frozen
	says "$(task_pid frozen)"
	ctr task kill -s 9 frozen
	rm_task frozen
}

@test "kill: the signal arrives; what has ended cannot be killed again" {
	ctr_run traps -d -- /bin/sh -c 'trap "exit 9" USR1; while :; do sleep 0.1; done'
	ctr task kill -s USR1 traps
	until_true 5 stopped traps
	run ctr task kill -s 9 traps
	[ "$status" -ne 0 ]
	says 'process already finished: not found'
	run ctr task rm traps
	says 'exit code 9'
	ctr container rm traps
	nothing_left
}

@test "events come in the order that containerd promises" {
	events_begin
	ctr_run ordered -d -- /bin/sleep 1000
	ctr task exec --exec-id e1 ordered /bin/true
	ctr task pause ordered
	ctr task resume ordered
	ctr task kill -s 9 ordered
	rm_task ordered
	until_true 5 has_event ordered /tasks/delete
	events_end
	[ "$(events_of ordered | tr '\n' ' ')" = "/tasks/create /tasks/start /tasks/exec-added /tasks/exec-started \
/tasks/exit /tasks/paused /tasks/resumed /tasks/exit /tasks/delete " ]
	grep -F /tasks/exit "$W/events" | tail -1 | grep -qF '"exit_status":137'
}

@test "the start of a very short program is told before its end" {
	events_begin
	for i in 1 2 3 4 5; do ctr_run short$i --rm -- /bin/true; done
	until_true 5 has_event short5 /tasks/delete
	events_end
	for i in 1 2 3 4 5; do
		[ "$(events_of short$i | tr '\n' ' ')" = "/tasks/create /tasks/start /tasks/exit /tasks/delete " ]
	done
}

@test "containerd may die: containers go on, an exit meanwhile is told later" {
	ctr_run stays -d -- /bin/sleep 1000
	ctr_run ends -d -- /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 21'
	pid=$(task_pid stays)
	ends=$(task_pid ends)
	containerd_kill
	touch "$W/rootfs/tmp/go"
	until_true 10 gone "$ends"
	rm "$W/rootfs/tmp/go"
	not gone "$pid"
	containerd_start
	until_true 15 stopped ends
	[ "$(task_pid stays)" = "$pid" ]
	[ "$(ctr task exec --exec-id again stays /bin/echo here)" = here ]
	run ctr task rm ends
	says 'exit code 21'
	ctr container rm ends
	ctr task kill -s 9 stays
	rm_task stays
	nothing_left
}

@test "kill -9 of the shim: the container goes with it, and nothing is left" {
	events_begin
	ctr_run orphan -d -- /bin/sh -c 'sleep 1000 & exec sleep 2000'
	pid=$(task_pid orphan)
	shim=$(awk '{ print $4 }' "/proc/$pid/stat")
	kill -9 "$shim"
	until_true 10 has_event orphan /tasks/delete
	events_end
	until_true 10 gone "$pid"
	grep -F /tasks/exit "$W/events" | grep -F orphan | grep -qF '"exit_status":137'
	nothing_left
	ctr container rm orphan
}

@test "a stray SIGTERM does not take a container's parent away" {
	ctr_run calm -d -- /bin/sleep 1000
	pid=$(task_pid calm)
	shim=$(awk '{ print $4 }' "/proc/$pid/stat")
	kill -TERM "$shim"
	[ "$(ctr task exec --exec-id x calm /bin/echo alive)" = alive ]
	[ "$(awk '{ print $4 }' "/proc/$pid/stat")" = "$shim" ]
	ctr task kill -s 9 calm
	rm_task calm
}

@test "an image from containerd's own snapshotter: its mounts are made and unmade" {
	tar -C "$W/rootfs" -cf "$W/layer.tar" .
	sum=$(sha256sum "$W/layer.tar" | cut -d' ' -f1)
	mkdir -p "$W/oci/blobs/sha256"
	cp "$W/layer.tar" "$W/oci/blobs/sha256/$sum"
	put() { local s; s=$(printf %s "$1" | sha256sum | cut -d' ' -f1); printf %s "$1" > "$W/oci/blobs/sha256/$s"; echo "$s"; }
	config='{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:'$sum'"]}}'
	c=$(put "$config")
	manifest='{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:'$c'","size":'${#config}'},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:'$sum'","size":'$(stat -c %s "$W/layer.tar")'}]}'
	m=$(put "$manifest")
	echo '{"imageLayoutVersion":"1.0.0"}' > "$W/oci/oci-layout"
	echo '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:'"$m"'","size":'${#manifest}',"annotations":{"io.containerd.image.name":"test/bb:1"},"platform":{"architecture":"amd64","os":"linux"}}]}' > "$W/oci/index.json"
	tar -C "$W/oci" -cf "$W/image.tar" .
	ctr image import "$W/image.tar"
	run ctr run --rm --runtime io.containerd.cleat.v2 --cgroup "$CGP/img" test/bb:1 img sh -c 'echo changed > /etc/passwd; cat /etc/passwd; grep -c " / / " /proc/self/mountinfo'
	status_is 0
	says changed
	nothing_left
	not grep -q "$W/ctd-state" /proc/self/mountinfo
	grep -q root "$W/rootfs/etc/passwd"
	ctr image rm test/bb:1
}

@test "containerd takes the keys of the README, and its CRI plugin comes up with them" {
	{
		printf 'version = 2\nroot = "%s/cri-root"\nstate = "%s/cri-state"\n[grpc]\n  address = "%s/cri.sock"\n' "$W" "$W" "$W"
		grep -A3 '^.plugins."io.containerd.grpc.v1.cri".containerd.$' "$TOP/README.md"
	} > "$W/cri.toml"
	[ "$(grep -c . "$W/cri.toml")" = 9 ]
	containerd -c "$W/cri.toml" config dump > "$W/cri.dump"
	grep -A12 -F 'containerd.runtimes.cleat]' "$W/cri.dump" | grep -qF 'runtime_type = "io.containerd.cleat.v2"'
	containerd -c "$W/cri.toml" > "$W/cri.log" 2>&1 3>&- &
	pid=$!
	until_true 20 sh -c "ctr -a '$W/cri.sock' version > /dev/null 2>&1"
	end_process "$pid"
	run ! grep -F 'failed to load plugin io.containerd.grpc.v1.cri' "$W/cri.log"
	grep -q 'Start cri plugin with config.*DefaultRuntimeName:cleat' "$W/cri.log"
}
