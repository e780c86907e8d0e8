# 10-life.sh - create, start, state, kill, delete; who is where.
# shellcheck shell=dash

#bundle life
#bundle life-true sh("true")
#bundle life-seven sh("exit 7")
#bundle life-host without("cgroup") | sh("cat /proc/self/cgroup; ! touch /sys/fs/cgroup/x && ! mkdir /sys/fs/cgroup/x && ! echo 5 > /sys/fs/cgroup/pids.max && ! find /sys/fs/cgroup -name cleat | grep . && echo read-only")
#bundle life-view sh("cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs; ! mkdir /sys/fs/cgroup/x && ! echo 5 > /sys/fs/cgroup/pids.max && echo read-only")
#bundle life-tree without("pid") | sh("for i in 1 2 3; do (setsid sh -c \"sleep 1000 & sleep 1000\" &) ; done; sleep 1000")

only_v2() {
	is 0 "$(grep -c ' cgroup ' /proc/mounts)" "the number of v1 hierarchies"
	for name in cpu cpuset io memory pids; do says "\\b$name\\b" "$(cat $CG/cgroup.controllers)"; done
	says '^6\.' "$(uname -r)"
}
story "the machine has cgroup v2 with its controllers, and no v1" only_v2

life() {
	oci create -b /b/life life > /tmp/out.life
	state_is life created
	is 0::/cleat/life "$(cat "/proc/$(pid_of life)/cgroup")" "the cgroup of a created container"
	oci start life
	state_is life running
	is "$(pid_of life)" "$(cg life cgroup.procs)" cgroup.procs
	refused oci delete life
	oci kill life KILL
	soon state_is life stopped
	oci delete life
	refused oci state life
	[ ! -e $CG/cleat/life ]
}
story "create, start, state, kill, delete" life

statuses() {
	status 0 oci run -b /b/life-true true
	status 7 oci run -b /b/life-seven seven
}
story "run returns the program's status and leaves nothing" statuses

no_window() {
	echo 0 > /sys/kernel/tracing/tracing_on
	echo > /sys/kernel/tracing/trace
	echo 1 > /sys/kernel/tracing/events/cgroup/cgroup_attach_task/enable
	echo 1 > /sys/kernel/tracing/tracing_on
	up life
	# a move that we know of, so that an empty trace means something
	mkdir $CG/cleat/probe
	sh -c "echo \$\$ > $CG/cleat/probe/cgroup.procs"
	sleep 0.1
	echo 0 > /sys/kernel/tracing/tracing_on
	echo 0 > /sys/kernel/tracing/events/cgroup/cgroup_attach_task/enable
	rmdir $CG/cleat/probe
	says 'dst_path=/cleat/probe' "$(cat /sys/kernel/tracing/trace)"
	fails grep 'dst_path=/cleat/life' /sys/kernel/tracing/trace
	is 0::/cleat/life "$(cat "/proc/$(pid_of life)/cgroup")"
	down life
}
story "a container is born in its cgroup: the kernel sees no move into it" no_window

view() {
	status 0 oci run -b /b/life-view view
	says '^0::/$' "$out"
	says '^1$' "$out"
	says '^read-only$' "$out"
}
story "inside, the cgroup is the root of what is seen, and read-only" view

host_view() {
	status 0 oci run -b /b/life-host host
	says '^0::/cleat/host$' "$out"
	says '^read-only$' "$out"
}
story "without a cgroup namespace (CVE-2023-25809) nothing below /sys/fs/cgroup can be written" host_view

exec_joins() {
	up life
	is 0::/ "$(oci exec life cat /proc/self/cgroup)" "the cgroup of exec, seen from inside"
	oci exec -d --pid-file /tmp/exec.pid life sleep 500
	is 0::/cleat/life "$(cat "/proc/$(cat /tmp/exec.pid)/cgroup")" "the cgroup of exec, seen from outside"
	grep -qx "$(cat /tmp/exec.pid)" $CG/cleat/life/cgroup.procs
	is 2 "$(oci ps -f json life | tr -dc ',\n' | wc -c)" "commas and newline of ps" || oci ps -f json life
	down life
	[ ! -d "/proc/$(cat /tmp/exec.pid)" ] || grep -q 'State:.*Z' "/proc/$(cat /tmp/exec.pid)/status"
}
story "exec joins the cgroup; delete -f ends it too" exec_joins

kill_all() {
	up life-tree
	many() { [ "$(cg life-tree pids.current)" -ge 7 ]; }
	soon many
	pids=$(cg life-tree cgroup.procs)
	oci kill --all life-tree KILL
	soon state_is life-tree stopped
	for pid in $pids; do soon sh -c "! grep -q 'State:.[^Z]' /proc/$pid/status 2> /dev/null || ! [ -d /proc/$pid ]"; done
	is 0 "$(cg life-tree cgroup.procs | wc -l)" "the number of processes"
	down life-tree
}
story "kill --all ends a forest of daemons without a pid namespace" kill_all

delete_tree() {
	up life-tree
	down life-tree
	[ ! -e $CG/cleat/life-tree ]
}
story "delete -f of a forest of daemons" delete_tree

delete_leftovers() {
	up life-tree
	oci kill life-tree KILL
	soon state_is life-tree stopped
	# the init is gone, its daemons are not: they may not outlive the container
	oci delete life-tree || oci delete -f life-tree
	[ ! -e $CG/cleat/life-tree ]
}
story "delete of a container whose daemons live on" delete_leftovers

killed_create() {
	for ms in 0 3 6 10 15 20 30 40 60 80; do
		cleat-oci create -b /b/life killed > /dev/null 2>&1 < /dev/null &
		usleep $((ms * 1000))
		kill -9 $! 2> /dev/null || :
		wait $! || :
		status 0 oci delete -f killed
		[ ! -e $CG/cleat/killed ] || { echo "after $ms ms the cgroup is left"; return 1; }
	done
}
story "kill -9 of create at ten moments: delete -f clears everything" killed_create
