#!/usr/bin/env bats
# cleat-oci: process, root, hooks, devices and resources of the specification, in the kernel's own words (docs/spec.md).
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world process; ID=c; }
teardown() { oci_world_end; }

@test "process: cwd, env, HOME, args, user, umask, groups" {
	inside '.process.cwd = "/made/for/it" | .process.env = ["PATH=/nowhere:/bin", "A=b c"] |
		.process.user = {uid: 1000, gid: 50, umask: 23, additionalGids: [77]}' \
		'pwd; echo "$A" "$HOME"; id -u; id -g; id -G; umask; touch /tmp/f; stat -c %a /tmp/f; rm -f /tmp/f'
	[ "$output" = "$(printf '/made/for/it\nb c /home/user\n1000\n50\n50 77\n0027\n640')" ]
	rmdir "$OCI_ROOTFS/made/for/it" "$OCI_ROOTFS/made/for" "$OCI_ROOTFS/made"
	refuses '.process.cwd = "tmp"' "cwd must be an absolute path"
	refuses '.process.args = []' "args must have at least one item"
	refuses 'del(.process)' "process"
}

@test "process: rlimits as the kernel has them" {
	inside '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 128}, {type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CPU", soft: 100, hard: 200}]' \
		'ulimit -n; ulimit -Hn; ulimit -c; ulimit -t'
	[ "$output" = "$(printf '64\n128\n0\n100')" ]
	refuses '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2, hard: 1}]' "soft must not be above hard"
	refuses '.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]' "RLIMIT_FOO"
	refuses '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]' "twice"
}

@test "process: capabilities and noNewPrivileges" {
	inside '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], inheritable: [], ambient: []} |
		.process.noNewPrivileges = true' 'grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)" /proc/self/status | cut -f2 | sed "s/^0*//" | tr "\n" " "'
	[ "$output" = " 1 1 21  1 " ] || { echo "'$output'" >&2; false; }
	inside '.process.noNewPrivileges = false' 'grep NoNewPrivs /proc/self/status'
	[[ $output == *0 ]]
}

@test "process: labels, or a sentence where the kernel has no such module" {
	for key in apparmorProfile selinuxLabel; do
		oci_config ".process.$key = \"cleat-no-such\""
		captured oci create -b "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]
		one_line
		says "'cleat-no-such'"
		absent
	done
	refuses '.linux.mountLabel = "cleat-no-such"' "context"
}

# hook KIND PROGRAM...: as JSON.
hooks_config() {
	local note='read -r state; printf "%s %s %s %s %s\\n" "$0" "$(printf %s "$state" | sed "s/.*\"status\":\"\\([a-z]*\\)\".*/\\1/")" "$(printf %s "$state" | sed "s/.*\"pid\":\\([0-9]*\\).*/\\1/")" "$(readlink /proc/self/ns/mnt)" "$(pwd)" >> '
	oci_config ".root.path = \"$W/root\" | .annotations = {\"a.b\": \"c\"} | .process.args = [\"sh\", \"-c\", \"echo program >> /log/log; exec sleep 1000\"] |
		.mounts += [{destination: \"/log\", type: \"bind\", source: \"$W/log\", options: [\"bind\"]}] |
		.hooks = ([\"prestart\", \"createRuntime\", \"createContainer\", \"startContainer\", \"poststart\", \"poststop\"] | map({(.): [{path: \"/bin/sh\",
			args: [\"sh\", \"-c\", ($(jq -n --arg s "$note" '$s') + (if . == \"startContainer\" then \"/log/log\" else \"$W/log/log\" end)), .], env: [\"PATH=/bin:/usr/bin\"]}]}) | add) | ${1:-.}"
}

@test "hooks: each at its time, in its namespace, with the state on standard input" {
	mkdir "$W/log"
	cp -a "$OCI_ROOTFS" "$W/root"
	hooks_config
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	PID=$(oci state "$ID" | jq .pid)
	[ "$(cut -d' ' -f1,2 "$W/log/log" | tr '\n' ,)" = "prestart creating,createRuntime creating,createContainer creating," ]
	oci start "$ID"
	local theirs ours
	theirs=$(readlink "/proc/$PID/ns/mnt")
	ours=$(readlink /proc/self/ns/mnt)
	until_true 5 grep -q program "$W/log/log"
	oci delete -f "$ID"
	[ "$(cut -d' ' -f1,2,4 "$W/log/log" | grep -v program)" = "$(printf '%s\n' "prestart creating $ours" "createRuntime creating $ours" "createContainer creating $theirs" \
		"startContainer created $theirs" "poststart running $ours" "poststop stopped $ours")" ]
	[ "$(sed -n 's/^prestart creating \([0-9]*\) .*/\1/p' "$W/log/log")" = "$PID" ]
	[ "$(sed -n 's/^startContainer created \([0-9]*\) .*/\1/p' "$W/log/log")" = 1 ]
	[ "$(sed -n 's/^poststart running \([0-9]*\) .*/\1/p' "$W/log/log")" = "$PID" ]
	[ "$(grep -n program "$W/log/log" | cut -d: -f1)" -ge 5 ]
}

@test "hooks: a failure ends create or start, poststart kills, poststop is passed over; a timeout is a failure" {
	mkdir "$W/log"
	cp -a "$OCI_ROOTFS" "$W/root"
	for kind in prestart createRuntime createContainer; do
		hooks_config ".hooks.${kind}[0].args[2] = \"exit 3\""
		captured oci create -b "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]
		says "$kind hook '/bin/sh' exited with 3"
		absent
	done
	for kind in startContainer poststart; do
		hooks_config ".hooks.${kind}[0].args[2] = \"exit 3\""
		captured oci create -b "$BUNDLE" "$ID"
		status_is 0
		captured oci start "$ID"
		[ "$status" -ne 0 ]
		says "$kind hook '/bin/sh' exited with 3"
		until_true 5 in_state stopped
		oci delete "$ID"
	done
	hooks_config '.hooks.poststop[0].args[2] = "exit 3"'
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	captured oci delete -f "$ID"
	status_is 0
	absent
	hooks_config '.hooks.createRuntime[0] += {timeout: 1, args: ["x", "-c", "exec sleep 60"]}'
	captured oci create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	says "createRuntime hook"
	absent
}

@test "devices: nodes with type, number, mode and owner" {
	inside '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 416, uid: 5, gid: 6},
		{path: "/dev/deep/er/blk", type: "b", major: 7, minor: 0}, {path: "/dev/pipe", type: "p", fileMode: 384}]' \
		'stat -c "%A %t:%T %u:%g" /dev/fuse /dev/deep/er/blk /dev/pipe /dev/null; readlink /dev/fd; readlink /dev/ptmx'
	[ "$output" = "$(printf 'crw-r----- a:e5 5:6\nbrw-rw-rw- 7:0 0:0\nprw------- 0:0 0:0\ncrw-rw-rw- 1:3 0:0\n/proc/self/fd\npts/ptmx')" ] || { echo "$output" >&2; false; }
}

@test "linux: sysctl, hostname, domainname, masked and read-only paths, a read-only root" {
	inside '.hostname = "box" | .domainname = "example.org" | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "7000"} |
		.linux.maskedPaths = ["/etc/passwd", "/etc/group", "/home", "/none"] | .linux.readonlyPaths = ["/tmp"] | .root.readonly = true' '
		hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
		wc -c < /etc/passwd; ls /home | wc -l; touch /tmp/x 2> /dev/null || echo ro; touch /x 2> /dev/null || echo ro; touch /dev/shm/x && echo rw'
	[ "$output" = "$(printf 'box\nexample.org\n1\n7000\n0\n0\nro\nro\nrw')" ]
}

@test "the document: annotations come back, unknown members are passed over, unknown values are not" {
	oci_config '.annotations = {"a.b": "c", "empty": ""} | .ociVersion = "1.9.7" | .future = {x: [1]} | .linux.future = 1 | .process.future = "x" | .linux.resources.future = {}'
	captured oci create -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(oci state "$ID" | jq -c .annotations)" = '{"a.b":"c","empty":""}' ]
	oci delete "$ID"
	refuses '.ociVersion = "2.0.0"' "ociVersion '2.0.0'"
	refuses '.ociVersion = 1' "ociVersion"
	refuses '.linux.namespaces += [{type: "pid"}]' "twice"
	refuses '.linux.namespaces += [{type: "moon"}]' "'moon'"
	refuses '.hooks = {prestart: [{path: "relative"}]}' "must be an absolute path"
}

# file NAME: what it says of $ID, in whichever hierarchy it is.
file() { cat /sys/fs/cgroup/{,*}"$CGP/$ID/$1" 2> /dev/null | head -n1; }

@test "resources: memory, cpu, cpuset, pids, blockIO, network and unified land in their files" {
	oci_config '.linux.resources += {memory: {limit: 67108864, reservation: 33554432}, cpu: {shares: 512, quota: 20000, period: 50000, cpus: "0", mems: "0"}, pids: {limit: 33}}'
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(file memory.limit_in_bytes)$(file memory.max)" = 67108864 ]
	[ "$(file memory.soft_limit_in_bytes)$(file memory.low)" = 33554432 ]
	[ "$(file cpu.shares)$(file cpu.weight)" = 512 ] || [ "$(file cpu.weight)" = 59 ]
	[ "$(file cpu.cfs_quota_us)/$(file cpu.cfs_period_us)" = 20000/50000 ] || [ "$(file cpu.max)" = "20000 50000" ]
	[ "$(file cpuset.cpus)" = 0 ]
	[ "$(file pids.max)" = 33 ]
	oci delete -f "$ID"
	if [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ]; then
		local number
		number=$(stat -c '%t:%T' "$(findmnt -no SOURCE / | grep ^/dev || echo /dev/vda)") || return 0
		oci_config ".linux.resources.blockIO = {throttleReadBpsDevice: [{major: $((16#${number%:*})), minor: $((16#${number#*:})), rate: 1048576}]}"
		captured oci run -d -b "$BUNDLE" "$ID"
		status_is 0
		[[ $(file blkio.throttle.read_bps_device) == *1048576 ]]
		oci delete -f "$ID"
	fi
	[ -e /sys/fs/cgroup/net_cls ] || refuses '.linux.resources.network = {classID: 1048577}' "network"
	grep -q hugetlb /sys/fs/cgroup/{,unified/}cgroup.controllers 2> /dev/null || [ -e /sys/fs/cgroup/hugetlb ] ||
		refuses '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]' "cannot set huge page limit"
	[ -e /sys/fs/cgroup/rdma ] || grep -q rdma /sys/fs/cgroup/{,unified/}cgroup.controllers 2> /dev/null ||
		refuses '.linux.resources.rdma = {mlx5_1: {hcaHandles: 3}}' "cannot set rdma limit"
	refuses '.linux.resources.unified = {"memory.max": "nonsense"}' "unified"
	refuses '.linux.resources.memory = {limit: "much"}' "limit"
}
