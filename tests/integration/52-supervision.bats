#!/usr/bin/env bats
# Supervision: when a container comes back, who may change that, and what is told of it.
load lib

setup_file() {
	world_make supervision
	printf '[restart/standard]\nprofile = docker\n[supervision]\ngc-delay = 100ms\ngc-delay-max = 400ms\n' >> "$CLEAT_CONFIG"
	busybox_root "$W/rootfs"
}
teardown_file() { world_end; }

show() { cleat inspect "$1" | jq -r ".[0] | $2"; }
is() { [ "$(show "$1" "$2")" = "$3" ]; }
# run_it NAME POLICY COMMAND...: in the background, on a root of its own.
run_it() {
	local name=$1 policy=$2
	shift 2
	cleat run -d --name "$name" --restart "$policy" --rootfs "$W/rootfs:O" "$@" > /dev/null
}
daemon_restart() {
	local pid
	pid=$(daemon_pid) && end_process "$pid"
	cleat ps > /dev/null
}
# told NAME ACTION: how often.
told() { cleat events --since 1h --until 0s --filter "container=$1" --filter "event=$2" | wc -l; }

@test "R5: on-failure:3 restarts three times, gives up, and says so" {
	run_it r5 on-failure:3 sh -c 'exit 2'
	until_true 20 is r5 '[.State.Status, .RestartCount] | join(" ")' "exited 3"
	is r5 .State.ExitCode 2
	is r5 .State.Restart.LastCause failure
	[[ $(show r5 .State.Restart.Reason) == *"gave up after 3 restarts" ]]
	[ "$(told r5 restart-scheduled)" = 3 ]
	[ "$(told r5 restart-giveup)" = 1 ]
	cleat rm r5
}

@test "R7: an update begins a budget of its own" {
	cleat run -d --name r7 --restart always --restart-opt delay-initial=10ms --restart-opt multiplier-percent=100 \
		--rootfs "$W/rootfs:O" sh -c 'exit 1' > /dev/null
	until_true 20 sh -c '[ "$(cleat inspect r7 | jq ".[0].RestartCount")" -ge 5 ]'
	cleat update --restart on-failure:2 r7
	until_true 20 is r7 .State.Status exited
	[[ $(show r7 .State.Restart.Reason) == *"gave up after 2 restarts" ]]
	cleat rm r7
}

@test "R8, R9: a stop outlasts the daemon, but for always, and for that by its key" {
	run_it r8 unless-stopped sleep 1000
	run_it r9 always sleep 1000
	cleat run -d --name r9n --restart always --restart-opt always-resurrects=never --rootfs "$W/rootfs:O" sleep 1000
	cleat stop -t 0 r8 r9 r9n
	daemon_restart
	until_true 10 is r9 .State.Status running
	is r8 .State.Status exited
	is r9n .State.Status exited
	# and it is not marked as stopped any more: the next end brings it back
	kill -9 "$(show r9 .State.Pid)"
	until_true 10 is r9 '[.State.Status, .RestartCount] | join(" ")' "running 2"
	cleat rm -f r8 r9 r9n
}

@test "R10, R11: only SIGKILL and the stop signal mean that it shall stay down" {
	run_it r10 always sh -c 'trap "exit 0" USR1; while :; do sleep 0.05; done'
	until_true 5 sh -c 'cleat kill -s USR1 r10 > /dev/null; [ "$(cleat inspect r10 | jq ".[0].RestartCount")" -ge 1 ]'
	until_true 10 is r10 .State.Status running
	cleat kill -s KILL r10
	until_true 10 is r10 .State.Status exited
	is r10 .State.Restart.LastCause manual
	cleat rm r10
}

@test "R12, R13: stop and rm in the back-off are at once, and nothing comes later" {
	cleat run -d --name r12 --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" false > /dev/null
	until_true 10 is r12 .State.Status restarting
	run cleat ps
	says "Restarting (1) in 59 minutes [1]"
	cleat wait r12 > "$W/waited" &
	waiter=$!
	cleat stop r12
	wait $waiter
	is r12 .State.Status exited
	is r12 .State.Restart.NextAt 0001-01-01T00:00:00Z
	cleat start r12
	until_true 10 is r12 .State.Status restarting
	cleat rm -f r12
	not cleat inspect r12 2> /dev/null
}

@test "in the back-off there is nothing to pause, to enter or to signal, and it says so" {
	cleat run -d --name off --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" false
	until_true 10 is off .State.Status restarting
	for words in "pause off" "exec off true"; do
		# shellcheck disable=SC2086
		run cleat $words
		[ "$status" = 1 ]
		one_line
		says "Container $(show off .Id) is restarting, wait until the container is running"
	done
	run cleat unpause off
	says "is not paused"
	run cleat kill -s HUP off
	says "is not running"
	is off .State.Status restarting
	run cleat rm off
	says "container is restarting: stop the container before removing or force remove"
	cleat rename off away
	cleat restart-reset away
	until_true 5 is away .RestartCount 2
	cleat rm -f away
}

@test "R14: start in the back-off is at once, and counts anew" {
	cleat run -d --name r14 --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" \
		sh -c '[ -e /go ] && exec sleep 1000; touch /go; exit 1' > /dev/null
	until_true 10 is r14 .State.Status restarting
	cleat start r14
	is r14 '[.State.Status, .RestartCount, .State.Restart.Level] | join(" ")' "running 0 0"
	cleat rm -f r14
}

@test "restart-reset: the wait is over, and what had failed is forgotten" {
	cleat run -d --name reset --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" \
		sh -c '[ -e /go ] && exec sleep 1000; touch /go; exit 1' > /dev/null
	until_true 10 is reset .State.Status restarting
	[ "$(cleat restart-reset reset)" = reset ]
	until_true 10 is reset .State.Status running
	is reset .State.Restart.FailureStreak 0
	run cleat restart-reset nobody
	status_is 1
	says "No such container: nobody"
	cleat rm -f reset
}

@test "a burst of starts ends with start-limit-hit until restart-reset and start" {
	cleat run -d --name burst --restart always --restart-opt profile=systemd --restart-opt delay-initial=10ms \
		--restart-opt start-limit-burst=3 --rootfs "$W/rootfs:O" false > /dev/null
	until_true 20 is burst .State.Status exited
	is burst .RestartCount 2
	[[ $(show burst .State.Restart.Reason) == *start-limit-hit* ]]
	cleat restart-reset burst
	cleat start burst
	until_true 20 is burst .State.Status exited
	is burst .RestartCount 2
	cleat rm burst
}

@test "R16, R17, R18: reboot inside a container, exit 129, power off" {
	# busybox: -f calls reboot(2) itself
	for name in boot-on-reboot boot-always; do
		cleat run -d --name $name --privileged --restart "${name#boot-}" --rootfs "$W/rootfs:O" \
			sh -c '[ -e /done ] && exec sleep 1000; touch /done; exec reboot -f' > /dev/null
		until_true 10 is $name '[.State.Status, .RestartCount] | join(" ")' "running 1"
		is $name .State.Restart.LastCause reboot
	done
	cleat run -d --name plain129 --restart on-reboot --rootfs "$W/rootfs:O" sh -c 'exit 129' > /dev/null
	[ "$(cleat wait plain129)" = 129 ]
	is plain129 .RestartCount 0
	cleat run -d --name compat --restart on-reboot --restart-opt compat-129=yes --rootfs "$W/rootfs:O" \
		sh -c '[ -e /done ] && exec sleep 1000; touch /done; exit 129' > /dev/null
	until_true 10 is compat '[.State.Status, .RestartCount] | join(" ")' "running 1"
	cleat run -d --name off --privileged --restart on-reboot --rootfs "$W/rootfs:O" poweroff -f > /dev/null
	[ "$(cleat wait off)" = 130 ]
	is off .State.Restart.LastCause poweroff
	cleat rm -f boot-on-reboot boot-always plain129 compat off
}

@test "R24: what was only created stays created" {
	cleat create --name r24 --restart always --rootfs "$W/rootfs:O" sleep 1000 > /dev/null
	daemon_restart
	is r24 .State.Status created
	cleat rm r24
}

@test "R26: the OOM killer took init, or only a child" {
	cleat run -d --name oom --memory 16m --restart always --rootfs "$W/rootfs:O" \
		sh -c '[ -e /done ] && exec sleep 1000; touch /done; exec tail /dev/zero' > /dev/null
	until_true 20 is oom '[.State.Status, .RestartCount] | join(" ")' "running 1"
	is oom .State.Restart.LastCause oom
	cleat rm -f oom
}

@test "R28: a program that is gone: three more tries, then given up with the reason" {
	cleat run -d --name r28 --restart always --restart-opt delay-initial=10ms --rootfs "$W/rootfs:O" \
		sh -c 'rm /bin/sh' > /dev/null
	until_true 20 is r28 .State.Status exited
	is r28 .State.ExitCode 127
	is r28 '[.State.Restart.StartErrors, .RestartCount] | join(" ")' "4 4"
	[ "$(show r28 .State.Error)" != "" ]
	is r28 .State.Restart.LastCause start-failed
	cleat rm r28
}

@test "R27, R29: a start that fails for a reason that goes away is tried until it works" {
	mkdir -p "$W/dir"
	cleat run -d --name r29 --restart always --restart-opt delay-initial=50ms --restart-opt multiplier-percent=100 \
		--restart-opt start-error-retries=1000 -v "$W/dir:/data" --rootfs "$W/rootfs:O" sleep 1000 > /dev/null
	mv "$W/dir" "$W/away"
	kill -9 "$(show r29 .State.Pid)"
	until_true 20 sh -c '[ "$(cleat inspect r29 | jq ".[0].State.Restart.StartErrors")" -ge 3 ]'
	mv "$W/away" "$W/dir"
	until_true 20 is r29 .State.Status running
	is r29 .State.Restart.StartErrors 0
	cleat rm -f r29
}

@test "R30: a paused container that is killed is thawed and comes back" {
	run_it r30 always sleep 1000
	cleat pause r30
	kill -9 "$(show r30 .State.Pid)"
	cleat kill -s USR2 r30 2> /dev/null || : # whatever wakes it up, nothing but SIGKILL counts
	cleat unpause r30 2> /dev/null || :
	until_true 10 is r30 '[.State.Status, .RestartCount] | join(" ")' "running 1"
	cleat rm -f r30
}

@test "R34: --rm and --restart exclude each other, also later" {
	run cleat run --rm --restart always --rootfs "$W/rootfs:O" true
	status_is 125
	says "cannot specify both --restart and --rm"
	cleat run -d --rm --name r34 --rootfs "$W/rootfs:O" sleep 1000 > /dev/null
	run cleat update --restart always r34
	status_is 1
	says "AutoRemove is enabled"
	cleat rm -f r34
}

@test "never is no, also for --rm, and what is kept is no" {
	cleat run -d --name never --rm --restart never --rootfs "$W/rootfs:O" sleep 1000
	is never .HostConfig.RestartPolicy.Name no
	cleat update --restart never never
	cleat update --restart no never
	is never .HostConfig.RestartPolicy.Name no
	cleat rm -f never
}

@test "options of one container are checked like those of the section" {
	for bad in "delay-max=2d" "delay-maxx=1s" "profile=upstart" "prevent-exit=1,999" "nothing"; do
		run cleat create --restart always --restart-opt "$bad" --rootfs "$W/rootfs:O" true
		status_is 125
		one_line
	done
	run cleat create --restart always --restart-opt delay-maxx=1s --rootfs "$W/rootfs:O" true
	says "did you mean 'delay-max'?"
	run cleat create --restart always:3 --rootfs "$W/rootfs:O" true
	says "maximum retry count can only be used with 'on-failure'"
	cleat create --name opts --restart on-abnormal:2 --restart-opt prevent-exit=78,SIGTERM --rootfs "$W/rootfs:O" true > /dev/null
	cleat update --restart-opt prevent-exit=79 --restart-opt delay-max=5s opts
	is opts '.HostConfig.RestartPolicy.Options | "\(."prevent-exit") \(."delay-max")"' "79 5s"
	run cleat update --restart-opt prevent-exit=300 opts
	status_is 1
	says "'300' is neither an exit code"
	cleat rm opts
}

@test "another policy in the back-off: no ends it, the others are asked again" {
	cleat run -d --name again --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" false > /dev/null
	until_true 10 is again .State.Status restarting
	next=$(show again .State.Restart.NextAt)
	cleat update --restart on-failure again
	is again '[.State.Status, .State.Restart.NextAt] | join(" ")' "restarting $next"
	cleat update --restart on-success again
	is again .State.Status exited
	cleat rm again
}

@test "a first process that ignores the stop signal: told, and killed" {
	run_it deaf no sleep 1000
	cleat stop -t 1 deaf > "$W/out" 2> "$W/err"
	[ "$(cat "$W/out")" = deaf ]
	grep -q "container deaf was killed: its first process ignores SIGTERM" "$W/err"
	is deaf .State.ExitCode 137
	cleat rm deaf
	run_it hears no sh -c 'trap "exit 7" TERM; while :; do sleep 0.05; done'
	cleat stop hears 2> "$W/err" > /dev/null
	[ ! -s "$W/err" ]
	is hears .State.ExitCode 7
	cleat rm hears
}

@test "a paused container is stopped: the signal, then the thaw" {
	run_it cold no sh -c 'trap "exit 9" TERM; echo > /ready; while :; do sleep 0.05; done'
	until_true 5 cleat exec cold test -e /ready
	cleat pause cold
	cleat stop -t 20 cold
	is cold '[.State.Status, .State.ExitCode] | join(" ")' "exited 9"
	cleat rm cold
}

# A person with a shell in the database: the daemon waits for 5 s and gives up.
hold_database() {
	python3 - "$W/root/cleat.db" "$W/held" <<- 'END' &
		import sqlite3, sys, time
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("BEGIN IMMEDIATE")
		open(sys.argv[2], "w").close()
		time.sleep(60)
	END
	holder=$!
	until_true 10 test -e "$W/held"
}
let_go() {
	kill "$holder"
	wait "$holder" || :
	rm "$W/held"
}

@test "update is all or nothing: what cannot be recorded is not applied, what is refused is not recorded" {
	cleat run -d --name whole --restart always --memory 100m --rootfs "$W/rootfs:O" sleep 1000
	cleat run -d --name waits --restart always --restart-opt delay-initial=1h --rootfs "$W/rootfs:O" false
	until_true 10 is waits .State.Status restarting
	hold_database
	run cleat update --pids-limit 77 --restart no --restart-opt jitter-percent=1 whole
	[ "$status" = 1 ]
	one_line
	says "another program holds '$W/root/cleat.db'"
	run cleat update --restart no waits
	[ "$status" = 1 ]
	let_go
	is whole '.HostConfig | [.PidsLimit, .RestartPolicy.Name, (.RestartPolicy.Options | length)] | join(" ")' "0 always 0"
	[ "$(find /sys/fs/cgroup -path "*$CGP/$(show whole .Id)/pids.max" -exec cat {} + | sort -u)" = max ]
	is waits '[.State.Status, .HostConfig.RestartPolicy.Name, .RestartCount] | join(" ")' "restarting always 1"
	cleat restart-reset waits
	until_true 5 is waits .RestartCount 2 # its timer was not lost
	run cleat update --pids-limit 77 --cpuset-cpus 4000 --restart no whole
	[ "$status" = 1 ]
	is whole '.HostConfig | [.PidsLimit, .CpusetCpus, .RestartPolicy.Name] | join(" ")' "0  always"
	daemon_restart
	is whole '.HostConfig | [.PidsLimit, .CpusetCpus, .RestartPolicy.Name] | join(" ")' "0  always"
	cleat rm -f whole waits
}

@test "update knows what is set already" {
	cleat create --name limits --memory 100m --memory-swap 200m --rootfs "$W/rootfs:O" true
	run cleat update --memory 300m limits
	[ "$status" = 1 ]
	says "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
	cleat update --memory-swap 300m limits
	cleat update --memory 300m limits
	run cleat update --memory-swap 250m limits
	says "Minimum memoryswap limit should be larger than memory limit"
	cleat update --cpus 0.5 limits
	run cleat update --cpu-quota 50000 limits
	says "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set"
	cleat rm limits
	cleat create --name limits --cpu-period 100000 --cpu-quota 50000 --rootfs "$W/rootfs:O" true
	run cleat update --cpus 0.5 limits
	says "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set"
	cleat rm limits
}
