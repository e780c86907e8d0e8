#!/usr/bin/env bats
# Published escapes by paths, links and mount destinations (security.md 1.1). Each must be refused or be harmless.
load ../lib

setup() { oci_world paths; }
teardown() { oci_world_end; }

# BROKEN DEFENCE WOULD WRITE TO THE HOST: these tests only ever aim at $W/CANARY and $W/HOSTDIR.

@test "P1 (CVE-2015-3627): files of the image that are links to the host" {
	bundle p1
	rm -f "$B/rootfs/etc/mtab"
	mkdir -p "$B/rootfs/dev"
	ln -s "$W/CANARY" "$B/rootfs/etc/resolv.conf"
	ln -s "$W/CANARY" "$B/rootfs/etc/mtab"
	ln -s "$W/CANARY" "$B/rootfs/dev/stdout"
	runs sh -c 'echo gone > /etc/resolv.conf; true'
	status_is 0
	canaries
}

@test "P4 (CVE-2015-3631): mounts inside /proc" {
	for target in /proc/self /proc/1 /proc/sys/kernel /proc//sys/../1 /proc/self/attr; do
		bundle p4 ".mounts += [{destination: \"$target\", type: \"bind\", source: \"$W/HOSTDIR\", options: [\"bind\"]}]"
		fails
	done
}

@test "P6 (CVE-2019-18837): a mount target behind a link that leads out" {
	bundle p6 ".mounts += [{destination: \"/mnt/x/f\", type: \"bind\", source: \"/etc/passwd\", options: [\"bind\", \"ro\"]}]"
	mkdir -p "$B/rootfs/mnt"
	ln -s "../../../../../../../../../../..$W/HOSTDIR" "$B/rootfs/mnt/x"
	runs true
	canaries
}

@test "P7 (CVE-2019-16884): a directory in the place of procfs" {
	bundle p7 ".mounts |= map(if .destination == \"/proc\" then {destination: \"/proc\", type: \"bind\", source: \"$W/HOSTDIR\", options: [\"bind\"]} else . end)"
	fails
}

@test "P8 (CVE-2019-19921, 2023-27561, 2023-28642, 2025-54867): /proc or /sys is a link" {
	for dir in proc sys; do
		bundle p8
		rmdir "$B/rootfs/$dir"
		mkdir -p "$B/rootfs/ev"
		ln -s /ev "$B/rootfs/$dir"
		fails
		[ -z "$(ls -A "$B/rootfs/ev")" ]
		rm -rf "$B"
	done
}

@test "P10: /etc/passwd is a fifo: HOME is looked up without hanging" {
	bundle p10
	rm "$B/rootfs/etc/passwd"
	mkfifo "$B/rootfs/etc/passwd"
	edit 'del(.process.env[] | select(startswith("HOME")))'
	SECONDS=0
	runs sh -c 'echo home=$HOME'
	[ $SECONDS -le 5 ]
	status_is 0
	says home=/
}

@test "P12 (CVE-2025-24965): links named like every file that a runtime writes" {
	bundle p12 '.mounts |= map(select(.destination != "/dev"))'
	mkdir -p "$B/rootfs"/{dev,run}
	for name in dev/null dev/zero dev/full dev/console dev/ptmx dev/tty dev/fd dev/stdin dev/core run/notify .krun_config.json; do
		rm -f "$B/rootfs/$name"
		ln -s "$W/CANARY" "$B/rootfs/$name"
	done
	runs true
	canaries
}

@test "P13, P14 (CVE-2025-31133): /dev/null of the container is a link to core_pattern" {
	mkdir "$W/dev"
	ln -s /proc/sys/kernel/core_pattern "$W/dev/null"
	bundle p13 ".mounts |= map(select(.destination | startswith(\"/dev\") | not)) | .mounts += [{destination: \"/dev\", type: \"bind\", source: \"$W/dev\", options: [\"bind\", \"rw\"]}] | .linux.maskedPaths = [\"/proc/keys\"]"
	runs sh -c 'stat -c %t:%T /proc/keys; echo x > /proc/keys; echo payload'
	canaries
	[ "$status" -ne 0 ] || says '1:3'
}

@test "P15 (CVE-2025-52565): /dev/pts with links in the place of ptmx" {
	mkdir "$W/pts"
	ln -s /proc/sys/kernel/core_pattern "$W/pts/0"
	ln -s /proc/sys/kernel/core_pattern "$W/pts/ptmx"
	bundle p15 ".mounts |= map(if .destination == \"/dev/pts\" then {destination: \"/dev/pts\", type: \"bind\", source: \"$W/pts\", options: [\"bind\", \"rw\"]} else . end) | .process.terminal = true"
	run oci create -b "$B" --console-socket "$W/nosuch.sock" p15
	[ "$status" -ne 0 ]
	canaries
}

@test "P16 (CVE-2025-52881): a file mounted over a sysctl" {
	bundle p16 ".mounts += [{destination: \"/proc/sys/net/ipv4/ip_forward\", type: \"bind\", source: \"$W/CANARY\", options: [\"bind\"]}] | .linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"}"
	fails
}

@test "P17 (CVE-2026-41579, 2026-47766): /dev of the image is a link to a host directory" {
	bundle p17 '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf "$B/rootfs/dev"
	ln -s "$W/HOSTDIR" "$B/rootfs/dev"
	runs true
	canaries
}

@test "P18 (CVE-2026-55686): the working directory is behind a link to the host" {
	bundle p18 '.process.cwd = "/w/new"'
	ln -s "$W/HOSTDIR" "$B/rootfs/w"
	runs true
	canaries
}

@test "F3 (CVE-2024-21626): a working directory on a leaked descriptor" {
	for n in 3 5 7 8 9 12; do
		bundle f3 ".process.cwd = \"/proc/self/fd/$n\""
		exec 7< / 8< /
		fails
		exec 7<&- 8<&-
	done
	bundle f3 '.process.args = ["/proc/self/fd/7/../../bin/sh"]'
	exec 7< /
	fails
	exec 7<&-
}

@test "F4: of a hundred inherited descriptors the program sees none" {
	bundle f4
	for n in $(seq 10 110); do eval "exec $n< /etc/passwd"; done
	runs sh -c 'ls /proc/self/fd | tr "\n" " "'
	for n in $(seq 10 110); do eval "exec $n<&-"; done
	status_is 0
	[ "$output" = "0 1 2 3 " ]
}

@test "F5 (CVE-2019-12439): no path under /tmp or /var/tmp is used" {
	bundle f5
	strace -f -o "$W/trace" -e trace=file cleat-oci --root "$OCI_ROOT" run -b "$B" f5
	grep -vE "execve|$W|$(dirname "$CLEAT_BIN")" "$W/trace" | not grep -E '"/(var/)?tmp'
}

@test "N1 (CVE-2021-43784): ten thousand mounts, and a namespace path of 64 KiB" {
	bundle n1 ".linux.namespaces += [{type: \"time\", path: (\"/\" * 65536)}]"
	fails
	bundle n1b '.mounts += [range(300) | {destination: "/tmp/m\(.)", type: "tmpfs", source: "tmpfs", options: ["size=4k"]}]'
	runs sh -c 'grep -c /tmp/m /proc/mounts'
	[ "$output" = 300 ]
}

@test "N2 (CVE-2022-0811): sysctls that are not the container's own" {
	for key in kernel.core_pattern kernel/core_pattern net.ipv4.x+kernel.core_pattern=y net/../kernel/core_pattern \
		fs.mqueue./../x kernel.hostname vm.overcommit_memory; do
		bundle n2 ".linux.sysctl = {\"$key\": \"1\"}"
		fails
		canaries
	done
}

@test "N3 (GHSA-w2j5-3rcx-vx7x): net sysctls with the host's network" {
	bundle n3 '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
	fails
	bundle n3 ".linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"} | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$$/ns/net\" else . end)"
	fails
}

@test "N5: without a device list nothing but the defaults can be opened" {
	bundle n5 'del(.linux.resources.devices) | .process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.effective += ["CAP_MKNOD"] | .process.capabilities.permitted += ["CAP_MKNOD"]'
	runs sh -c 'mknod /tmp/b b 254 0 && head -c1 /tmp/b'
	[ "$status" -ne 0 ]
	runs sh -c 'head -c1 /dev/zero | wc -c; echo x > /dev/null; echo fine'
	says fine
}

@test "N9: names that would become other files" {
	for filter in '.linux.resources.hugepageLimits = [{pageSize: "../../x", limit: 1}]' '.linux.resources.unified = {"../x": "1"}' \
		'.linux.resources.unified = {"a/b": "1"}' '.linux.cgroupsPath = "/x/../../y"' '.linux.resources.rdma = {"a/b": {hcaHandles: 1}}'; do
		bundle n9 "$filter"
		fails
	done
}
