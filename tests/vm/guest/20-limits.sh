# 20-limits.sh - every limit lands in its file, and holds.
# shellcheck shell=dash

#bundle limits .linux.resources += {memory: {limit: 67108864, reservation: 33554432, swap: 100663296}, pids: {limit: 33}, cpu: {shares: 512, quota: 20000, period: 100000, cpus: "1", mems: "0"}, unified: {"memory.high": "50331648", "cgroup.max.descendants": "3"}}
#bundle limits-io .linux.resources.blockIO = {weight: 300, throttleReadBpsDevice: [{major: 1, minor: 0, rate: 1048576}], throttleWriteIOPSDevice: [{major: 1, minor: 0, rate: 120}]}
#bundle limits-hook hook("createRuntime"; "cat /sys/fs/cgroup/cleat/hook/pids.max /sys/fs/cgroup/cleat/hook/memory.max > /tmp/hook") | .linux.resources += {pids: {limit: 12}, memory: {limit: 8388608}} | sh("true")
#bundle limits-one .linux.resources.pids = {limit: 1} | sh("echo alone; /bin/true; echo not reached")
#bundle limits-zero .linux.resources.pids = {limit: 0} | .process.args = ["true"]
#bundle limits-tiny .linux.resources.memory = {limit: 524288} | .process.args = ["/bin/true"]
#bundle limits-oom .linux.resources.memory = {limit: 16777216, swap: 16777216} | .process.args = ["tail", "/dev/zero"]
#bundle limits-oom-child .linux.resources.memory = {limit: 16777216, swap: 16777216} | sh("tail /dev/zero; echo child $?; sleep 1000")
#bundle limits-bad .linux.resources.unified = {"memory.max": "lots"}
#bundle limits-unknown .linux.resources.unified = {"nosuch.max": "1"}
#bundle limits-escape .linux.resources.unified = {"../cgroup.procs": "1"}
#bundle limits-cpuset .linux.resources.cpu = {cpus: "7"}
#bundle limits-stats .linux.resources += {memory: {limit: 67108864}, pids: {limit: 44}} | sh("dd if=/dev/zero of=/dev/shm/x bs=1M count=8; sleep 1000")

files() {
	up limits
	for pair in memory.max=67108864 memory.low=33554432 memory.swap.max=33554432 pids.max=33 "cpu.max=20000 100000" \
		cpu.weight=59 cpuset.cpus=1 cpuset.mems=0 memory.high=50331648 cgroup.max.descendants=3; do
		is "${pair#*=}" "$(cg limits "${pair%%=*}")" "${pair%%=*}"
	done
	is 67108864 "$(oci exec limits cat /sys/fs/cgroup/memory.max)" "memory.max inside"
	says 'Cpus_allowed_list:[[:space:]]*1$' "$(oci exec limits cat /proc/self/status)"
	down limits
}
story "memory, swap, pids, cpu, cpuset and unified keys land in their files" files

io() {
	up limits-io
	says '1:0 rbps=1048576 wbps=max riops=max wiops=120' "$(cg limits-io io.max)"
	down limits-io
}
story "blockIO: limits of one device are io.max" io

before_entry() {
	status 0 oci run -b /b/limits-hook hook
	is "12 8388608" "$(tr '\n' ' ' < /tmp/hook | sed 's/ $//')" "limits at createRuntime"
}
story "limits are there when the first hook looks" before_entry

one_process() {
	status_got=0
	out=$(oci run -b /b/limits-one one 2>&1) || status_got=$?
	says alone "$out"
	fails says 'not reached' "$out"
	[ $status_got != 0 ]
}
story "pids.max 1: no fork" one_process

no_process() { status 0 oci run -b /b/limits-zero zero; }
story "pids.max 0 still runs the program itself" no_process

tiny() {
	for _ in 1 2 3 4 5; do status 0 oci run -b /b/limits-tiny tiny; done
}
story "a memory limit of 512 KiB still starts /bin/true" tiny

oom() {
	status 137 oci run -b /b/limits-oom oom
	up limits-oom-child
	soon grep -q 'child 137' /tmp/out.limits-oom-child
	is 1 "$(cg limits-oom-child memory.events | key oom_kill)" oom_kill
	state_is limits-oom-child running
	says '"oom_kill":1|"oomKill":1|"failcnt":[1-9]' "$(oci events --stats limits-oom-child)"
	down limits-oom-child
}
story "out of memory: 137, and memory.events counts it" oom

refusals() {
	for name in bad unknown escape cpuset; do
		refused oci create -b "/b/limits-$name" "limits-$name"
		echo "$out"
		[ ! -e "$CG/cleat/limits-$name" ]
	done
}
story "what the kernel does not take is one sentence, and nothing is left" refusals

update() {
	up limits
	oci update --memory 50000000 --memory-swap 60000000 limits
	is 49999872 "$(cg limits memory.max)"
	is 9998336 "$(cg limits memory.swap.max)" memory.swap.max
	oci update --pids-limit 77 --cpu-quota 30000 --cpu-period 60000 --cpu-share 2048 --cpuset-cpus 0-1 limits
	is 77 "$(cg limits pids.max)"
	is "30000 60000" "$(cg limits cpu.max)"
	is 174 "$(cg limits cpu.weight)"
	is 0-1 "$(cg limits cpuset.cpus)"
	echo '{"memory": {"limit": 41943040}, "pids": {"limit": -1}, "unified": {"memory.high": "max"}}' > /tmp/resources
	oci update -r /tmp/resources limits
	is 41943040 "$(cg limits memory.max)"
	is max "$(cg limits pids.max)"
	is max "$(cg limits memory.high)"
	refused oci update --pids-limit 5 --cpuset-cpus 9 limits
	is max "$(cg limits pids.max)" "pids.max after an update that failed"
	state_is limits running
	down limits
}
story "update changes each; one that fails changes none" update

stats() {
	up limits-stats
	used() { [ "$(cg limits-stats memory.current)" -gt 8388608 ]; }
	soon used
	out=$(oci events --stats limits-stats)
	says '"limit":67108864' "$out"
	says '"pids":\{"current":[12],"limit":44\}' "$out"
	says '"usage":(8|9|1[0-9])[0-9]{6}\b' "$out"
	says '"total":[1-9][0-9]+' "$out"
	down limits-stats
}
story "events --stats: memory, pids and cpu as the kernel has them" stats
