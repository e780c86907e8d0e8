# 75-shim.sh - the shim alone, as containerd runs it, on pure cgroup v2.
# shellcheck shell=dash
#bundle shim .linux.resources.memory = {limit: 33554432, swap: 33554432}

shim() { (cd /b/shim && TTRPC_ADDRESS=/tmp/events.sock cleat-shim -namespace default -address /tmp/c.sock -id shim "$@"); }
ctl() { ctl_method=$1; shift; shimctl "$address" "$ctl_method" id=shim "$@"; }
no_shim() { [ -z "$(pidof cleat-shim)" ]; }
said() { grep -q "default $1 " /tmp/events; }

shim_metrics_and_oom() {
	cp /b/shim/config.json /tmp/shim.config
	sed 's/"sleep"/"sh"/; s/"1000"/"-c", "while [ ! -e \/tmp\/go ]; do usleep 50000; done; exec tail \/dev\/zero"/' /tmp/shim.config > /b/shim/config.json
	shimevents /tmp/events.sock > /tmp/events &
	events=$!
	soon test -S /tmp/events.sock
	address=$(shim start)
	ctl Create bundle=/b/shim
	ctl Start
	ctl Stats > /tmp/stats
	head -n 1 /tmp/stats | grep -qx io.containerd.cgroups.v2.Metrics
	is 33554432 "$(sed -n 's/^memory.usage_limit=//p' /tmp/stats)" memory.usage_limit
	is "$(cat "$CG"/*/shim/pids.current "$CG/shim/pids.current" 2> /dev/null)" "$(sed -n 's/^pids.current=//p' /tmp/stats)" pids.current
	for counter in memory.anon memory.pgfault memory.slab cpu.usage_usec memory.usage; do
		grep -q "^$counter=[1-9]" /tmp/stats || { echo "$counter is nothing: $(cat /tmp/stats)"; return 1; }
	done
	for counter in memory_events.oom_kill memory_events.max memory.workingset_refault rdma io.usage; do
		grep -q "^$counter" /tmp/stats || [ $counter = rdma ] || { echo "no $counter: $(cat /tmp/stats)"; return 1; }
	done
	touch /rootfs/tmp/go
	is exit_status=137 "$(ctl Wait | head -n 1)"
	soon said /tasks/exit
	rm /rootfs/tmp/go
	grep -q '"oom":true' /b/shim/exit.json
	is "/tasks/create /tasks/start /tasks/oom /tasks/exit" "$(cut -d' ' -f2 /tmp/events | tr '\n' ' ' | sed 's/ $//')" "the events"
	ctl Stats | grep -q '^memory_events.oom_kill=[1-9]'
	ctl Delete > /dev/null
	ctl Shutdown
	soon no_shim
	kill $events
}
story "shim: containerd's metrics of version 2; an OOM kill is told before the exit" shim_metrics_and_oom
