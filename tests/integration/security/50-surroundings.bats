#!/usr/bin/env bats
# Published weaknesses by what surrounds a container: masks, files of the image, terminals, annotations, cgroups,
# descriptors and modes (the rows of security.md 1.1 to 1.4 that are neither paths nor credentials).
load ../lib

setup() { oci_world around; }
teardown() { oci_world_end; }

# sleeps NAME: a running container of bundle NAME.
sleeps() {
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" "$1" < /dev/null > /dev/null 2>&1 3>&-
	oci start "$1"
}

@test "P2 (CVE-2015-3629, 2015-1335): the container makes a mount target a link before its next start" {
	bundle p2
	mkdir "$B/rootfs/data"
	sleeps p2
	oci exec p2 sh -c 'rmdir /data && ln -s /etc /data'
	oci exec p2 sh -c "mkdir -p $W && ln -s ../../../../../../../..$W/HOSTDIR /data2"
	oci delete -f p2
	edit ".mounts += [{destination: \"/data\", type: \"tmpfs\", source: \"tmpfs\"}, {destination: \"/data2/x\", type: \"tmpfs\", source: \"tmpfs\"}]"
	runs sh -c 'echo fine'
	[ "$status" -ne 0 ] || says fine
	canaries
	mounts_now > "$W/mounts.now"
	cmp "$W/mounts.before" "$W/mounts.now"
}

@test "P3 (CVE-2015-3630), F8 (GHSA-7ww5-4wqc-m92c): what the default masks hide or protect" {
	bundle p3
	runs sh -c 'for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/interrupts /proc/latency_stats /proc/timer_stats; do
			[ ! -e $f ] || [ -z "$(head -c 64 $f 2>/dev/null)" ] || echo "seen $f"; done
		for d in /proc/asound /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap; do [ -z "$(ls -A $d 2>/dev/null)" ] || echo "seen $d"; done
		for f in /proc/sys/kernel/shmmax /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/x /proc/fs/x; do (echo 1 > $f) 2>/dev/null && echo "written $f"; done; true'
	status_is 0
	[ -z "$output" ] || { echo "$output" >&2; false; }
}

@test "P19 (CVE-2019-14271, 2021-41089): nothing of the image is loaded or executed on the way" {
	bundle p19
	mkdir -p "$B/rootfs"/{lib,lib64,usr/lib,usr/bin,data}
	for lib in libnss_files.so.2 libnss_evil.so.2 libc.so.6 libseccomp.so.2; do echo evil > "$B/rootfs/lib/$lib"; done
	for tool in bin/xz usr/bin/unpigz bin/newuidmap; do rm -f "$B/rootfs/$tool"; printf '#!/bin/sh\ntouch /pwned\n' > "$B/rootfs/$tool"; chmod 755 "$B/rootfs/$tool"; done
	echo 'passwd: evil' > "$B/rootfs/etc/nsswitch.conf"
	edit '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}] | .process.user.username = "user" | .process.args = ["/bin/true"]'
	strace -f -o "$W/trace" -e trace=execve,execveat,openat,openat2,open cleat-oci --root "$OCI_ROOT" run -b "$B" p19
	run grep -E 'libnss|nsswitch|xz|unpigz|newuidmap' "$W/trace"
	status_is 1
	[ ! -e "$B/rootfs/pwned" ]
}

@test "F6 (CVE-2022-1227): ps asks the host's tools, not the container's" {
	bundle f6
	printf '#!/bin/sh\ntouch /pwned\n' > "$B/rootfs/bin/ps.new"
	chmod 755 "$B/rootfs/bin/ps.new"
	mv "$B/rootfs/bin/ps.new" "$B/rootfs/bin/ps"
	sleeps f6
	oci ps f6 | grep -q sleep
	oci events --stats f6 > /dev/null
	[ ! -e "$B/rootfs/pwned" ]
}

@test "U10 (CVE-2022-4318): a HOME with a line break writes no line anywhere" {
	bundle u10 '.process.env += ["HOME=x\nroot2::0:0::/:/bin/sh"]'
	cp "$B/rootfs/etc/passwd" "$W/passwd"
	run oci run -b "$B" u10
	cmp "$W/passwd" "$B/rootfs/etc/passwd"
	[ "$status" = 0 ] || one_line
}

@test "U11 (CVE-2016-10124, 2017-5226): the program has no controlling terminal of ours" {
	bundle u11 '.process.args = ["sh", "-c", "cut -d\" \" -f6,7 /proc/self/stat; echo done"]'
	run python3 "$STORY_DIR/lib/pty.py" 24 80 "expect:done" -- cleat-oci --root "$OCI_ROOT" run -b "$B" u11
	# a session of its own (its leader is 1), and no terminal
	grep -q '^1 0' <<< "${output//$'\r'/}"
	sleeps u11
	run python3 "$STORY_DIR/lib/pty.py" 24 80 "expect:done" -- cleat-oci --root "$OCI_ROOT" exec u11 sh -c 'cut -d" " -f7 /proc/self/stat; echo done'
	grep -qx 0 <<< "${output//$'\r'/}"
}

@test "N6 (CVE-2023-6476), N8 (CVE-2024-3154): annotations change no limit and run nothing" {
	bundle n6 ".linux.resources.pids = {limit: 50} | .annotations = {\"org.systemd.property.ExecStartPre\": \"[('/bin/touch', ['touch', '$W/HOSTDIR/x'], false)]\",
		\"org.systemd.property.ExecStopPost\": \"touch $W/HOSTDIR/y\", \"run.oci.hooks.stdout\": \"$W/HOSTDIR/z\", \"run.oci.systemd.subgroup\": \"../x\",
		\"run.oci.delegate-cgroup\": \"../../x\", \"io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel\": \"true\", \"cpu-quota.crio.io\": \"disable\",
		\"org.criu.config\": \"$W/CANARY\", \"run.oci.handler\": \"krun\", \"run.oci.pidfd_receiver\": \"$W/HOSTDIR/s\"}"
	sleeps n6
	canaries
	[ "$(cat /sys/fs/cgroup/{pids,.}"$CGP"/n6/pids.max 2> /dev/null)" = 50 ]
}

@test "N7 (CVE-2025-47291): init is in the cgroup that was asked for, in every hierarchy" {
	bundle n7
	sleeps n7
	while IFS=: read -r _ controllers path; do
		case $controllers in
		'' | name=*) [[ $path = */n7 || ! -e /sys/fs/cgroup/unified ]] || [ "$path" = "$(sed -n "s/^0:://p" /proc/self/cgroup)" ] ;;
		*) [ "$path" = "$(sed -n "s/^[0-9]*:$controllers://p" /proc/self/cgroup | sed 's,/$,,')$CGP/n7" ] || [[ $path = *"$CGP/n7" ]] ;;
		esac || { echo "$controllers: $path" >&2; return 1; }
	done < "/proc/$(oci state n7 | jq .pid)/cgroup"
}

@test "N10: a sub-cgroup of exec does not lead out" {
	bundle n10
	sleeps n10
	for sub in ../../ /../x .. a/../../.. /../../ "../$(basename "$CGP")"; do
		run oci exec --cgroup "$sub" n10 true
		[ "$status" -ne 0 ] || { echo "--cgroup '$sub' was taken" >&2; return 1; }
		one_line
	done
}

@test "H2 (CVE-2021-41103, 2024-25621, 2015-1331): nothing below the root is open to others" {
	umask 0
	bundle h2
	sleeps h2
	run find "$OCI_ROOT" -mindepth 1 \( -type d -perm /006 -o ! -type d ! -type l -perm /007 \) -ls
	[ -z "$output" ] || { echo "$output" >&2; return 1; }
	[ -z "$(find "$OCI_ROOT" -type s ! -perm 600)" ]
	edit ".linux.cgroupsPath = \"$CGP/h2b\""
	cleat-oci --root "$W/fresh" create -b "$B" h2b < /dev/null > /dev/null 2>&1 3>&-
	[ "$(stat -c %a "$W/fresh")" = 700 ]
	cleat-oci --root "$W/fresh" delete -f h2b
}

@test "exec looks its label up in the host's procfs, whatever is mounted over the container's (CVE-2015-1334)" {
	bundle fake 'del(.linux.seccomp) | .process.capabilities[] += ["CAP_SYS_ADMIN"] | .process.noNewPrivileges = false'
	sleeps fake
	oci exec fake sh -c 'mount -t tmpfs t /proc && mkdir -p /proc/self/attr /proc/1/ns && echo fake > /proc/self/attr/current && mkdir -p /proc/sys/kernel'
	run oci exec fake sh -c 'ls /proc/self; id -u'
	status_is 0
	says 0
	[ "$(oci exec fake cat /proc/self/attr/current)" = fake ]
}

@test "C2 (CVE-2026-53489): images of a checkpoint that are links and fifos are neither read nor waited for" {
	bundle c2
	mkdir "$W/images"
	for name in descriptors.json restore.log dump.log inventory.img container.log; do ln -s "$W/CANARY" "$W/images/$name"; done
	run timeout 10 cleat-oci --root "$OCI_ROOT" restore -d -b "$B" --image-path "$W/images" c2
	[ "$status" -ne 0 ]
	[ "$status" -ne 124 ]
	one_line
	says_not untouched
	rm "$W/images"/*
	for name in descriptors.json restore.log inventory.img; do mkfifo "$W/images/$name"; done
	run timeout 10 cleat-oci --root "$OCI_ROOT" restore -d -b "$B" --image-path "$W/images" --work-path "$W/images" c2
	[ "$status" -ne 0 ]
	[ "$status" -ne 124 ]
	[ ! -e "$OCI_ROOT/c2" ]
}
