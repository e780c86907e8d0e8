# 00-any.sh - what holds on every layout of cgroups: the unit tests that ask the kernel, a container's life.
# shellcheck shell=dash

#bundle any .linux.resources = {memory: {limit: 67108864}, pids: {limit: 9}, cpu: {shares: 512, quota: 50000, period: 100000}}
#bundle any-same .linux.cgroupsPath = "/cleat/vm-1"

any_unit() {
	CLEAT_MUST_RUN=1 timeout 100 "test_runtime_linux_$unit"
	[ -z "$(find $CG -name 'cg-unit-*')" ] || { echo "cgroups are left"; return 1; }
}
for unit in cgroup_kernel cgroup_limits cgroup_devices seccomp credentials hooks; do
	story "unit: $unit" any_unit
done

any_value() { cat $CG/cleat/vm-1/"$1" $CG/*/cleat/vm-1/"$2" 2> /dev/null || true; }
any_life() {
	oci create -b /b/any vm-1 > /tmp/out.vm-1 2>&1
	oci start vm-1
	state_is vm-1 running
	pid=$(pid_of vm-1)

	# where it is, and what holds
	is "$(wc -l < "/proc/$pid/cgroup")" "$(grep -c '/cleat/vm-1$' "/proc/$pid/cgroup")" "hierarchies with it"
	is 67108864 "$(any_value memory.max memory.limit_in_bytes)" "memory limit"
	is 9 "$(any_value pids.max pids.max)" "pids limit"
	says 'Seccomp:[[:space:]]*2' "$(cat "/proc/$pid/status")"

	# pause, update, exec, statistics
	oci pause vm-1
	state_is vm-1 paused
	oci resume vm-1
	echo '{"memory":{"limit":134217728},"cpu":{"quota":20000}}' | oci update -r - vm-1
	is 134217728 "$(any_value memory.max memory.limit_in_bytes)" "memory limit after update"
	oci exec vm-1 true
	says 'not permitted' "$(oci exec vm-1 sh -c 'mknod /dev/sda b 8 0; ! cat /dev/sda' 2>&1)"
	says '"limit":134217728' "$(oci events --stats vm-1)"

	# a second one with the same cgroup is refused, and nothing of it stays
	refused oci create -b /b/any-same vm-2
	says 'holds process' "$out"
	refused oci state vm-2

	# frozen and deleted
	oci pause vm-1
	oci delete -f vm-1
	[ ! -d "/proc/$pid" ]
}
story "a container's life with limits" any_life
