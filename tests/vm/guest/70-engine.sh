# 70-engine.sh - cleat, cleatd and the shim on pure cgroup v2.
# shellcheck shell=dash

PATH=$PATH:/cleat/bin
mkdir -p /var/lib /run/cleat

field() { cleat inspect "$1" | sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}.*/\1/p" | head -n 1; }
field_is() { is "$3" "$(field "$1" "$2")" "$2 of $1"; }
daemon() { pidof cleatd; }
no_cleatd() { [ -z "$(daemon)" ]; }
kill_daemon() {
	kill -9 "$(daemon)"
	soon no_cleatd
}

engine_import() {
	cleat image import /rootfs bb:1
	status 5 cleat run --rm bb:1 sh -c 'exit 5'
	is hello "$(cleat run --rm bb:1 echo hello)"
	is "" "$(cleat ps -aq)" "containers"
}
story "cleat starts its daemon, imports a root filesystem and runs it" engine_import

engine_limits() {
	cleat run -d --name limits --memory 64m --pids-limit 50 --cpus 0.5 --cpuset-cpus 1 bb:1 sleep 1000
	id=$(field limits Id)
	is 67108864 "$(cg "$id" memory.max)" memory.max
	is 50 "$(cg "$id" pids.max)" pids.max
	is "50000 100000" "$(cg "$id" cpu.max)" cpu.max
	is 1 "$(cg "$id" cpuset.cpus)" cpuset.cpus
	is 67108864 "$(cleat exec limits cat /sys/fs/cgroup/memory.max)" "memory.max inside"
	is "$(field limits Pid)" "$(cg "$id" cgroup.procs)" cgroup.procs
	cleat pause limits
	is 1 "$(cg "$id" cgroup.freeze)"
	cleat unpause limits
	cleat update --memory 128m --pids-limit 60 limits
	is "134217728 60" "$(cg "$id" memory.max) $(cg "$id" pids.max)" "after update"
	cleat rm -f limits
	fails ls "$CG/cleat/$id"
}
story "limits, pause, update" engine_limits

engine_stop() {
	cleat run -d --name stops bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done'
	cleat stop stops
	is 42 "$(cleat wait stops)" "the status"
	cleat rm stops
}
story "stop asks, the program answers" engine_stop

engine_oom() {
	status 137 cleat run --name oom --memory 16m --memory-swap 16m bb:1 tail /dev/zero
	field_is oom OOMKilled true
	cleat rm oom
}
story "out of memory: 137 and OOMKilled" engine_oom

# R3: what waits does not go by the clock on the wall, whichever way it is set.
engine_clock() {
	for step in -3600 3600; do
		cleat run -d --name clock --restart on-failure:1 --restart-opt delay-initial=4s bb:1 sh -c 'exit 3'
		date -s "@$(($(date +%s) + step))" > /dev/null
		began=$(ticks)
		once() { field_is clock Status exited && field_is clock RestartCount 1; }
		soon once
		took=$(($(ticks) - began))
		[ $took -ge 200 ] && [ $took -le 6000 ] || { echo "with a step of $step s it took $took ticks"; return 1; }
		cleat rm clock
	done
}
story "R3: the clock on the wall jumps by an hour, a restart does not" engine_clock

engine_restart() {
	cleat run -d --name again --restart on-failure:2 bb:1 sh -c 'exit 3'
	gave_up() { field_is again Status exited && field_is again RestartCount 2; }
	soon gave_up
	field_is again ExitCode 3
	cleat rm again
}
story "restart policy: twice, then it gives up" engine_restart

engine_expendable() {
	cleat run -d --name lives bb:1 sh -c 'trap "exit 42" TERM; while :; do sleep 0.1; done'
	pid=$(field lives Pid)
	kill_daemon
	[ -d "/proc/$pid" ]
	is "$pid" "$(field lives Pid)" "the process after the daemon's death"
	is hello "$(cleat exec lives echo hello)"
	kill_daemon
	cleat stop lives
	is 42 "$(cleat wait lives)" "the status"
	cleat rm lives
}
story "kill -9 of cleatd, twice: the container lives on and is told apart" engine_expendable

engine_shim_dies() {
	cleat run -d --name orphan bb:1 sleep 1000
	id=$(field orphan Id)
	before=$(field orphan Pid)
	kill -9 "$(pidof cleat-shim)"
	adopted() { pidof cleat-shim && cleat exec orphan true; }
	soon adopted
	is "$before" "$(field orphan Pid)" "the pid"
	# This kernel does not tell a stranger how a reaped process ended (PIDFD_GET_INFO is 6.15's).
	kill -9 "$before"
	over() { field_is orphan Status exited; }
	soon over
	# It is seen as a zombie, or it is not: then nobody says a number that he does not know.
	says '^(137 signal|255 lost)$' "$(field orphan ExitCode) $(field orphan LastCause)"
	cleat rm -f orphan
	fails ls "$CG/cleat/$id"
}
story "kill -9 of the shim: the container lives on under another; its end is told truly, or as not known" engine_shim_dies

engine_layers() {
	for count in 1 40 120; do
		cleat image import "/layers-$count.tar" "layers:$count"
		if [ $count = 1 ]; then
			status 0 cleat run --rm layers:1 true
			continue
		fi
		status 0 cleat run --rm "layers:$count" sh -c 'cat /layers/last; ls /layers | grep -c kept; ls /layers | grep -c passing; echo x > /layers/last && cat /layers/last'
		is "$count $((count - 1)) 1 x" "$(echo "$out" | tr '\n' ' ' | sed 's/ $//')" "last, kept, passing, written"
	done
}
story "overlay of 1, 40 and 120 layers, on a kernel without lowerdir+" engine_layers

for id in $(cleat ps -aq 2> /dev/null); do cleat rm -f "$id" > /dev/null; done
