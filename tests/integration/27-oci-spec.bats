#!/usr/bin/env bats
# cleat-oci: what the specification can ask for, shown by the kernel's own words (docs/spec.md names these tests).
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world spec; ID=c; }
teardown() { oci_world_end; }

# launch JQ: a running container $ID, $PID its init.
launch() {
	oci_config "$1"
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
	PID=$(oci state "$ID" | jq .pid)
}
# edit_bundle JQ: change the bundle that is there.
edit_bundle() { jq "$1" "$BUNDLE/config.json" > "$BUNDLE/new" && mv "$BUNDLE/new" "$BUNDLE/config.json"; }
# stat_field PID N: field N of /proc/PID/stat, counted as proc(5) does.
stat_field() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f$(($2 - 2)); }

@test "scheduler: policy and nice" {
	launch '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	[ "$(stat_field "$PID" 41)" = 3 ]
	[ "$(stat_field "$PID" 19)" = 5 ]
	captured oci exec --pid-file "$W/pid" -d "$ID" sleep 1000
	[ "$(stat_field "$(cat "$W/pid")" 19)" = 5 ]
	oci delete -f "$ID"
	launch '.process.scheduler = {policy: "SCHED_IDLE", flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	[ "$(stat_field "$PID" 41)" = 5 ]
}

@test "scheduler: real time and deadlines, or a sentence why not" {
	launch '.process.scheduler = {policy: "SCHED_FIFO", priority: 10} | .linux.cgroupsPath |= sub("/c$"; "-c") |
		.linux.resources.cpu = {realtimeRuntime: 10000, realtimePeriod: 1000000}' || [ -e /sys/fs/cgroup/cgroup.controllers ]
	if [ "$status" -eq 0 ]; then
		[ "$(stat_field "$PID" 41)" = 1 ]
		[ "$(stat_field "$PID" 40)" = 10 ]
		oci delete -f "$ID"
	fi
	oci_config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 10000000, period: 10000000}'
	captured oci run -d -b "$BUNDLE" "$ID"
	if [ "$status" -eq 0 ]; then
		[ "$(stat_field "$(oci state "$ID" | jq .pid)" 41)" = 6 ]
	else
		one_line
		says "SCHED_DEADLINE"
		absent
	fi
}

@test "scheduler: what is no value of it" {
	refuses '.process.scheduler = {}' "policy is missing"
	refuses '.process.scheduler = {policy: "SCHED_FAST"}' "'SCHED_FAST'"
	refuses '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}' "nice"
	refuses '.process.scheduler = {policy: "SCHED_OTHER", priority: 1}' "priority is for"
	refuses '.process.scheduler = {policy: "SCHED_FIFO", runtime: 1}' "SCHED_DEADLINE"
	refuses '.process.scheduler = {policy: "SCHED_OTHER", flags: ["FAST"]}' "'FAST'"
	refuses '.process.scheduler = {policy: "SCHED_ISO"}' "SCHED_ISO" "no released kernel"
}

@test "ioPriority: class and priority, of init and of exec" {
	launch '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	[ "$(ionice -p "$PID")" = "best-effort: prio 6" ]
	[ "$(oci exec "$ID" sh -c 'ionice -p $$')" = "best-effort: prio 6" ]
	jq -n '{cwd: "/", args: ["sh", "-c", "ionice -p $$"], env: ["PATH=/bin"], user: {uid: 0, gid: 0}, ioPriority: {class: "IOPRIO_CLASS_IDLE"}}' > "$W/p.json"
	[[ $(oci exec -p "$W/p.json" "$ID") == idle* ]]
	oci delete -f "$ID"
	refuses '.process.ioPriority = {class: "IOPRIO_CLASS_NOW"}' "'IOPRIO_CLASS_NOW'"
	refuses '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}' "between 0 and 7"
}

@test "memoryPolicy: of the program, and of exec" {
	if [ ! -e /proc/self/numa_maps ]; then
		refuses '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}' "knows no NUMA"
		return 0
	fi
	inside '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}' 'cat /proc/self/numa_maps'
	status_is 0
	says "bind=static:0"
	launch '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
	grep -q 'interleave:0' "/proc/$PID/numa_maps"
	oci exec "$ID" cat /proc/self/numa_maps | grep -q interleave:0
	oci delete -f "$ID"
	refuses '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "77"}' "MPOL_BIND"
	refuses '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-"}' "0-3,8"
	refuses '.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: "0"}' "takes no nodes"
	refuses '.linux.memoryPolicy = {mode: "MPOL_NEAR"}' "'MPOL_NEAR'"
	refuses '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", flags: ["X"]}' "'X'"
}

@test "execCPUAffinity: first and final CPUs of an exec; a pinned caller pins nobody" {
	last=$(($(nproc --all) - 1))
	oci_config '.process.execCPUAffinity = {initial: "0", final: "'$last'"}'
	captured taskset -c 0 cleat-oci --root "$OCI_ROOT" run -d -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(grep Cpus_allowed_list "/proc/$(oci state "$ID" | jq .pid)/status" | cut -f2)" = "$(cat /sys/devices/system/cpu/online)" ]
	[ "$(oci exec "$ID" grep Cpus_allowed_list /proc/self/status | cut -f2)" = "$last" ]
	jq -n '{cwd: "/", args: ["grep", "Cpus_allowed_list", "/proc/self/status"], env: ["PATH=/bin"], user: {uid: 0, gid: 0}, execCPUAffinity: {initial: "0"}}' > "$W/p.json"
	[ "$(oci exec -p "$W/p.json" "$ID" | cut -f2)" = 0 ]
	oci delete -f "$ID"
	refuses '.process.execCPUAffinity = {initial: "x"}' "initial" "'x'"
}

# mount_line PID PLACE: the options of what is mounted there, of the mount and of the superblock.
mount_line() { awk -v p="$2" '$5 == p { o = $6; sub(".* - [^ ]* [^ ]* ", ""); l = o " " $0 } END { print l }' "/proc/$1/mountinfo"; }

# options PLACE WANTED OPTION...: a tmpfs with these options shows WANTED (a pattern).
options() {
	local place=$1 wanted=$2
	shift 2
	launch ".mounts += [{destination: \"$place\", type: \"tmpfs\", source: \"tmpfs\", options: $(jq -nc '$ARGS.positional' --args -- "$@")}]"
	output=$(mount_line "$PID" "$place")
	[[ $output =~ $wanted ]] || { echo "options $*: '$output' does not match '$wanted'" >&2; return 1; }
	oci delete -f "$ID"
}

@test "mounts: every word for attributes" {
	options /x '^rw,relatime ' defaults rw suid dev exec async atime diratime relatime symfollow loud nolazytime noiversion
	options /x '^ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow ' ro nosuid nodev noexec noatime nodiratime nosymfollow silent
	options /x '^rw ' strictatime
	options /x '^rw ' norelatime
	options /x '^rw,relatime ' strictatime nostrictatime
	options /x '^rw,relatime .*sync,dirsync.*lazytime' sync dirsync lazytime
	options /x '^rw,relatime .*mand' mand || options /x '^rw,relatime ' nomand # no mandatory locks since 5.15
	options /x '^ro,nosuid,nodev,relatime ' iversion ro nosuid nodev
	options /x '^rw,nosuid,relatime .*size=64k' size=64k nosuid mode=700
}

@test "mounts: the recursive words reach what lies below" {
	mkdir -p "$W/tree/below"
	mount -t tmpfs tmpfs "$W/tree/below"
	for row in "rro ro" "rnosuid nosuid" "rnodev nodev" "rnoexec noexec" "rnoatime noatime" "rnodiratime nodiratime" "rnosymfollow nosymfollow"; do
		launch ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"rbind\", \"${row% *}\"]}]" || break
		for place in /x /x/below; do
			output=$(awk -v p=$place '$5 == p { print $6 }' "/proc/$PID/mountinfo")
			[[ ,$output, == *,${row#* },* ]] || { echo "$row: $place is $output" >&2; status=1; break 2; }
		done
		oci delete -f "$ID"
	done
	mount -o remount,ro,nosuid,nodev,noexec,noatime "$W/tree/below"
	inside ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"rbind\", \"rrw\", \"rsuid\", \"rdev\", \"rexec\", \"rstrictatime\", \"rdiratime\", \"rsymfollow\"]}]" 'grep /x/below /proc/self/mounts'
	umount "$W/tree/below"
	status_is 0
	says_not nosuid
	says_not nodev
	says_not noexec
	says_not noatime
}

@test "mounts: propagation" {
	for row in private: shared:shared slave:master rprivate: rshared:shared rslave:master unbindable:unbindable runbindable:unbindable; do
		mkdir -p "$W/tree"
		mount -t tmpfs tmpfs "$W/tree"
		mount --make-shared "$W/tree"
		launch ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"rbind\", \"${row%:*}\"]}]" || status=1
		output=$(awk '$5 == "/x" { sub(" - .*", ""); $1 = $2 = $3 = $4 = $5 = $6 = ""; print }' "/proc/$PID/mountinfo")
		umount "$W/tree"
		status_is 0
		case ${row#*:} in
		'') [ -z "${output// /}" ] ;;
		*) says "${row#*:}" ;;
		esac
		oci delete -f "$ID"
	done
}

@test "mounts: a remount changes what an earlier entry made, of the mount and of the filesystem" {
	inside '.mounts += [{destination: "/x", type: "tmpfs", source: "tmpfs", options: ["size=64k", "nosuid"]},
		{destination: "/x", type: "tmpfs", source: "tmpfs", options: ["remount", "size=128k", "noexec", "ro"]}]' 'grep " /x " /proc/self/mounts'
	status_is 0
	says "tmpfs /x tmpfs ro,nosuid,noexec,relatime,size=128k"
	inside ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/HOSTDIR\", options: [\"bind\"]},
		{destination: \"/x\", type: \"bind\", source: \"$W/HOSTDIR\", options: [\"bind\", \"remount\", \"ro\"]}]" 'touch /x/file'
	[ "$status" -ne 0 ]
	says "Read-only"
	refuses '.mounts += [{destination: "/proc", type: "proc", source: "proc", options: ["remount", "nosuch=1"]}]' "nosuch"
	refuses '.mounts += [{destination: "/nowhere", type: "tmpfs", source: "tmpfs", options: ["remount", "ro"]}]' "/nowhere"
}

@test "mounts: tmpcopyup begins with what it covers" {
	cp -a "$OCI_ROOTFS" "$W/root"
	mkdir -p "$W/root/data/deep/er"
	echo one > "$W/root/data/file"
	chown 1000:50 "$W/root/data/file"
	chmod 4755 "$W/root/data/file"
	ln -s /etc/passwd "$W/root/data/link"
	mkfifo "$W/root/data/deep/fifo"
	head -c 3000000 /dev/zero > "$W/root/data/deep/er/large"
	chmod 1770 "$W/root/data"
	inside ".root.path = \"$W/root\" | .mounts += [{destination: \"/data\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\", \"ro\"]}]" '
		cat /data/file; readlink /data/link; stat -c "%a %u %g" /data /data/file; stat -c %s /data/deep/er/large; test -p /data/deep/fifo && echo fifo; touch /data/x'
	[ "$(head -n6 <<< "$output")" = "$(printf 'one\n/etc/passwd\n1770 0 0\n4755 1000 50\n3000000\nfifo')" ]
	says "Read-only"
	refuses ".root.path = \"$W/root\" | .mounts += [{destination: \"/data\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\", \"size=1m\"]}]" tmpcopyup "too small"
	refuses '.mounts += [{destination: "/data", type: "proc", source: "proc", options: ["tmpcopyup"]}]' "tmpfs only"
}

@test "rootfsPropagation: of the container's root; shared does not reach back to the host's mounts" {
	local row
	for row in shared:shared slave: private: unbindable:unbindable rshared:shared rslave: rprivate:; do
		launch ".linux.rootfsPropagation = \"${row%:*}\""
		output=$(awk '$5 == "/" { sub(" - .*", ""); $1 = $2 = $3 = $4 = $5 = $6 = ""; print }' "/proc/$PID/mountinfo")
		[ -z "${row#*:}" ] || says "${row#*:}"
		oci delete -f "$ID"
	done
	# A namespace in which all is shared, so that a wrong step would be seen there.
	oci_config '.linux.rootfsPropagation = "shared"'
	run unshare -m --propagation shared sh -ec "
		mkdir '$W/shared'; mount -t tmpfs tmpfs '$W/shared'; mkdir '$W/shared/below'; mount -t tmpfs tmpfs '$W/shared/below'
		before=\$(wc -l < /proc/self/mountinfo)
		cleat-oci --root '$OCI_ROOT' run -d -b '$BUNDLE' '$ID' > '$W/out' 2>&1 < /dev/null
		[ \$before = \$(wc -l < /proc/self/mountinfo) ] && grep -q '$W/shared/below' /proc/self/mountinfo && echo same
		cleat-oci --root '$OCI_ROOT' delete -f '$ID'
		umount '$W/shared/below' '$W/shared'"
	umount "$W/shared/below" "$W/shared" 2> /dev/null || : # where the host's mounts are shared
	status_is 0
	says same
	refuses '.linux.rootfsPropagation = "wild"' "'wild'"
}

@test "mounts: below a read-only tmpfs there are places for others, and devices in a read-only /dev" {
	echo of the host > "$W/file"
	inside ".mounts += [{destination: \"/x\", type: \"tmpfs\", source: \"tmpfs\", options: [\"ro\", \"nosuid\"]},
		{destination: \"/x/y/file\", type: \"bind\", source: \"$W/file\", options: [\"bind\"]},
		{destination: \"/x/z\", type: \"tmpfs\", source: \"tmpfs\"}]" 'cat /x/y/file; touch /x/z/written /x/not; grep -c " /x ro,nosuid" /proc/self/mountinfo'
	says "of the host"
	says "/x/not: Read-only file system"
	says_not "/x/z/written"
	[ "${lines[-1]}" = 1 ]
	inside '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]' 'touch /dev/not; echo x > /dev/null && head -c 1 /dev/zero | wc -c'
	says "/dev/not: Read-only file system"
	[ "${lines[-1]}" = 1 ]
}

@test "mounts: idmap and ridmap give a bind mount other owners" {
	mkdir -p "$W/tree/below"
	chown 1000:1000 "$W/tree"
	mount -t tmpfs -o uid=1000 tmpfs "$W/tree/below"
	local maps='uidMappings: [{containerID: 1000, hostID: 5000, size: 1}], gidMappings: [{containerID: 1000, hostID: 6000, size: 1}]'
	inside ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"rbind\", \"idmap\"], $maps}]" 'stat -c %u:%g /x; stat -c %u /x/below'
	local one=$output
	inside ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"rbind\", \"ridmap\"], $maps}]" 'stat -c %u:%g /x; stat -c %u /x/below'
	umount "$W/tree/below"
	[ "$one" = "$(printf '5000:6000\n1000')" ]
	[ "$output" = "$(printf '5000:6000\n5000')" ] || says "cannot map the ids" # tmpfs: since Linux 6.3
	refuses ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W\", options: [\"bind\", \"idmap\"]}]" "needs uidMappings" "or the container's"
}

@test "namespaces: time with offsets, and joined by path" {
	inside '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 86400}, boottime: {secs: 172800, nanosecs: 5}}' \
		'cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
	status_is 0
	[[ $output =~ monotonic\ +86400\ +0 ]]
	[[ $output =~ boottime\ +172800\ +5 ]]
	[ "${lines[2]}" -ge 172800 ]
	launch '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
	oci exec "$ID" sh -c '[ "$(cut -d. -f1 /proc/uptime)" -ge 1000000 ]'
	local first=$ID pid=$PID
	ID=d
	oci_config ".linux.namespaces |= map(if .type == \"mount\" then . else .path = \"/proc/$pid/ns/\" + ({network: \"net\"}[.type] // .type) end) |
		.linux.namespaces += [{type: \"time\", path: \"/proc/$pid/ns/time\"}]"
	captured oci run -d -b "$BUNDLE" d
	status_is 0
	pid=$(oci state d | jq .pid)
	for ns in pid net ipc uts time cgroup; do
		[ "$(readlink "/proc/$pid/ns/$ns")" = "$(readlink "/proc/$(oci state $first | jq .pid)/ns/$ns")" ] || { echo "$ns is another" >&2; return 1; }
	done
	[ "$(oci exec d ps -o pid | wc -l)" -ge 3 ]
	oci delete -f d
	oci delete -f $first
	ID=c
	refuses '.linux.namespaces += [{type: "time", path: "/proc/self/ns/uts"}]' "is no time namespace"
	refuses '.linux.timeOffsets = {boottime: {secs: 1}}' "time namespace"
}

@test "personality, consoleSize, umask, additionalGids, oomScoreAdj, domainname" {
	inside '.linux.personality = {domain: "LINUX32"}' 'uname -m'
	[[ $output == i?86 ]] || [ "$(uname -m)" != x86_64 ]
	inside '.process.user += {umask: 63, additionalGids: [50, 77]} | .process.oomScoreAdj = 321 | .domainname = "example.org"' \
		'umask; id -G; cat /proc/self/oom_score_adj /proc/sys/kernel/domainname'
	[ "$output" = "$(printf '0077\n0 50 77\n321\nexample.org')" ]
	oci_config '.process.terminal = true | .process.consoleSize = {height: 33, width: 77} | .process.args = ["stty", "size"]'
	python3 "$STORY_DIR/lib/console.py" "$W/console" "33 77" > "$W/out" 3>&- &
	local console=$!
	until_true 5 test -S "$W/console"
	# from a terminal of another size, which it does not concern
	run python3 "$STORY_DIR/lib/pty.py" 20 50 -- cleat-oci --root "$OCI_ROOT" run -d -b "$BUNDLE" --console-socket "$W/console" "$ID"
	status_is 0
	wait $console
	grep -q '^33 77' "$W/out"
}

# network SCRIPT: run it in a network namespace of its own with devices va and vb, a pair, va with addresses.
network() {
	run unshare -n bash -ec "
		oci() { cleat-oci --root '$OCI_ROOT' \"\$@\"; }
		ip link add name va type veth peer name vb
		ip addr add 10.9.0.1/24 brd 10.9.0.255 dev va
		ip addr add 10.9.0.77/32 dev va valid_lft 1000 preferred_lft 1000
		ip addr add fd00:9::1/64 dev va nodad
		ip link set va up
		$1"
}

@test "netDevices: moved into the container, renamed, with their permanent addresses, up; the end is the kernel's" {
	oci_config '.linux.netDevices = {va: {name: "eth7"}, vb: {}}'
	network "oci run -d -b '$BUNDLE' '$ID' > '$W/out' 2>&1 < /dev/null || { cat '$W/out'; exit 1; }
		if ip link show va || ip link show vb; then exit 1; fi 2> /dev/null
		nsenter -n -t \$(oci state '$ID' | jq .pid) ip addr
		oci delete -f '$ID'"
	status_is 0
	[[ $output =~ eth7@.*UP ]]
	[[ $output =~ " vb@" ]]
	says "inet 10.9.0.1/24 brd 10.9.0.255 scope global eth7"
	says "inet6 fd00:9::1/64 scope global"
	says_not 10.9.0.77
}

@test "netDevices: a template takes the lowest free number" {
	oci_config '.linux.netDevices = {va: {name: "net%d"}, vb: {name: "net%d"}}'
	network "oci run -d -b '$BUNDLE' '$ID' > '$W/out' 2>&1 < /dev/null || { cat '$W/out'; exit 1; }
		nsenter -n -t \$(oci state '$ID' | jq .pid) ip -o link | grep -o 'net[0-9]' | sort -u | tr '\n' ' '
		oci delete -f '$ID'"
	status_is 0
	[ "$output" = "net0 net1 " ]
}

@test "netDevices: a create that fails gives them back as they were" {
	oci_config '.linux.netDevices = {va: {name: "eth7"}, vb: {}} | .process.args = ["no-such-program"]'
	network "ip -o addr show dev va | grep -v 'fe80\|10.9.0.77' | sed 's/^[0-9]*: *//' > '$W/before'
		oci create -b '$BUNDLE' '$ID' < /dev/null && exit 1
		ip -o addr show dev va | grep -v fe80 | sed 's/^[0-9]*: *//' | diff '$W/before' - && ip link show va | grep -q ',UP' && ip link show vb | grep -q 'state DOWN' && echo as before"
	says "as before"
	oci_config '.linux.netDevices = {va: {name: "lo"}}'
	network "oci create -b '$BUNDLE' '$ID' < /dev/null || ip link show va | grep -q ',UP' && echo still there"
	says "cannot move network device 'va' as 'lo': File exists"
	says "still there"
	absent
}

@test "netDevices: what cannot be moved" {
	refuses '.linux.netDevices = {"cleat-none": {}}' "cannot find network device 'cleat-none'"
	refuses '.linux.netDevices = {"a/b": {}}' "'a/b' is no name"
	refuses '.linux.netDevices = {lo: {name: "this-name-is-too-long"}}' "is no name"
	refuses '.linux.netDevices = {"e%d": {}}' "is no name"
	refuses '.linux.netDevices = {lo: {}} | .linux.namespaces |= map(select(.type != "network"))' "need a network namespace"
	refuses '.linux.netDevices = {lo: {}} | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)' "there already"
	refuses '.linux.netDevices = {lo: {name: "x0"}}' "cannot move network device 'lo'"
}

@test "intelRdt: without the hardware a sentence says so" {
	[ ! -e /sys/fs/resctrl/schemata ] || return 0 # told by unit/runtime_linux_intel_rdt
	refuses '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=ff"], enableMonitoring: true}' "no resctrl is mounted"
	reach running
	captured oci update --l3-cache-schema L3:0=ff "$ID"
	status_is 1
	says "the container has none"
}

@test "namespaces: mount, joined by path: no trace in it after delete, and none on the host" {
	# The other namespace is kept alive by a process; the root filesystem exists only in there.
	mkdir "$W/inner"
	unshare -m sh -c "mount -t tmpfs tmpfs '$W/inner' && mkdir '$W/inner/root' && cp -a '$OCI_ROOTFS/.' '$W/inner/root/' && touch '$W/inner/ready' && exec sleep 1000" 3>&- &
	local keeper=$!
	until_true 10 test -e "/proc/$keeper/root$W/inner/ready"
	local before
	before=$(wc -l < "/proc/$keeper/mountinfo")
	launch ".linux.namespaces |= map(if .type == \"mount\" then .path = \"/proc/$keeper/ns/mnt\" else . end) | .root.path = \"$W/inner/root\" |
		.mounts += [{destination: \"/x\", type: \"tmpfs\", source: \"tmpfs\", options: [\"ro\"]}]" || { kill $keeper; return 1; }
	[ "$(readlink "/proc/$PID/ns/mnt")" = "$(readlink "/proc/$keeper/ns/mnt")" ]
	[ "$(oci exec "$ID" sh -c 'touch /x/y 2> /dev/null || readlink /bin/sh; ls / | grep -c work')" = "$(printf 'busybox\n0')" ]
	oci delete -f "$ID"
	[ "$(wc -l < "/proc/$keeper/mountinfo")" = "$before" ]
	edit_bundle '.process.args = ["no-such-program"]'
	captured oci create -b "$BUNDLE" "$ID"
	says "executable file not found"
	absent
	[ "$(wc -l < "/proc/$keeper/mountinfo")" = "$before" ]
	kill $keeper
}

# same_on_an_old_kernel JQ: inside, the container is the same where no call younger than Linux 5.10 exists.
same_on_an_old_kernel() {
	local look='cut -d" " -f5- /proc/self/mountinfo | sed "s/[a-z]*:[0-9]*//g; s/,mode=[0-7]*//; s/ - \([^ ]*\) [^ ]*/ - \1/"; grep -E "^(Cap|Uid|NoNew|Seccomp:)" /proc/self/status; ls /dev; echo works'
	inside "$1" "$look"
	status_is 0
	local wanted=$output
	[ "${lines[-1]}" = works ]
	run "$CLEAT_BIN/../tests/old-kernel" cleat-oci --root "$OCI_ROOT" run -b "$BUNDLE" "$ID"
	status_is 0
	[ "$output" = "$wanted" ] || { diff <(echo "$wanted") <(echo "$output") >&2; return 1; }
}

@test "Linux 5.10, without mount_setattr: the same mounts with the same attributes" {
	mkdir -p "$W/tree/below/deeper" "$W/tree/with space"
	mount -t tmpfs -o noatime tmpfs "$W/tree/below"
	mkdir "$W/tree/below/deeper"
	mount -t tmpfs tmpfs "$W/tree/below/deeper"
	mount -t tmpfs tmpfs "$W/tree/with space"
	mount --make-shared "$W/tree/below"
	local failed=0 binds
	binds() { printf '{destination: "%s", type: "bind", source: "%s", options: %s}' "$1" "$W/tree" "$2"; }
	same_on_an_old_kernel . || failed=1
	same_on_an_old_kernel ".root.readonly = true | .linux.rootfsPropagation = \"private\" | .mounts += [
		$(binds /a '["rbind", "rro", "rnosuid"]'), $(binds /b '["bind", "ro", "nodev", "noexec"]'), $(binds /c '["rbind", "rnoatime", "rnodiratime", "rprivate"]'),
		$(binds /d '["rbind", "rstrictatime", "rshared"]'), $(binds /e '["rbind", "rnosymfollow", "unbindable"]'),
		{destination: \"/f\", type: \"tmpfs\", source: \"tmpfs\", options: [\"ro\", \"nosuid\", \"noexec\", \"private\"]},
		{destination: \"/f\", type: \"tmpfs\", source: \"tmpfs\", options: [\"remount\", \"rw\", \"nodev\"]},
		{destination: \"/g\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\", \"ro\"]}]" || failed=1
	same_on_an_old_kernel ".linux.rootfsPropagation = \"shared\" | .linux.namespaces |= map(select(.type != \"cgroup\")) |
		.mounts += [{destination: \"/sys/fs/cgroup\", type: \"cgroup\", source: \"cgroup\", options: [\"ro\", \"nosuid\", \"nodev\", \"noexec\"]}]" || failed=1
	same_on_an_old_kernel ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [$(binds /a '["rbind", "rro"]')]" || failed=1
	oci_config ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/tree\", options: [\"bind\", \"idmap\"],
		uidMappings: [{containerID: 0, hostID: 5, size: 1}], gidMappings: [{containerID: 0, hostID: 5, size: 1}]}]"
	captured "$CLEAT_BIN/../tests/old-kernel" cleat-oci --root "$OCI_ROOT" create -b "$BUNDLE" "$ID"
	umount "$W/tree/below/deeper" "$W/tree/below" "$W/tree/with space"
	[ "$failed" = 0 ]
	says "idmap needs Linux 5.12"
	one_line
	absent
}

@test "mounts: src-nofollow and dest-nofollow mount a link on a link" {
	ln -s elsewhere "$W/link"
	cp -a "$OCI_ROOTFS" "$W/root"
	ln -s passwd "$W/root/etc/link"
	inside ".root.path = \"$W/root\" | .mounts += [{destination: \"/etc/link\", type: \"bind\", source: \"$W/link\", options: [\"bind\", \"src-nofollow\", \"dest-nofollow\"]}]" 'readlink /etc/link'
	status_is 0
	[ "$output" = elsewhere ]
}
