#!/usr/bin/env bats
# The main job: a container from a real root filesystem through daemon, shim and plugins.
load lib

setup_file() {
	world_make run
	busybox_image bb:1
}
teardown_file() { world_end; }

@test "a real Debian says who it is" {
	tar=$(debian_tar)
	cleat image import "$tar" debian:bookworm
	run cleat run --rm debian:bookworm cat /etc/os-release
	status_is 0
	says 'VERSION_CODENAME=bookworm'
	run cleat run --rm debian:bookworm bash -c 'apt-get --version && id -u'
	status_is 0
	says 'apt 2'
}

@test "the program is PID 1 in namespaces of its own" {
	run cleat run --rm --hostname box bb:1 sh -c 'echo $$; hostname; ls /proc | grep -c "^[0-9]"; ip -o link | wc -l; cat /sys/class/net/lo/operstate'
	status_is 0
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = box ]
	[ "${lines[2]}" -le 4 ]
	[ "${lines[3]}" = 1 ]
	for ns in pid mnt uts ipc net cgroup; do
		inside=$(cleat run --rm bb:1 readlink /proc/self/ns/$ns)
		[ "$inside" != "$(readlink /proc/self/ns/$ns)" ]
	done
}

@test "the exit status is the program's own" {
	for code in 0 1 7 125 255; do
		run cleat run --rm bb:1 sh -c "exit $code"
		status_is $code
	done
	run cleat run --rm bb:1 sh -c 'kill -TERM $$; kill -KILL $$'
	# PID 1 ignores TERM without a handler; its own KILL does nothing either: it goes on and ends well
	status_is 0
}

@test "stdout and stderr stay apart, stdin arrives, EOF ends it" {
	out=$(cleat run --rm bb:1 sh -c 'echo out; echo err >&2' 2> "$W/err")
	[ "$out" = out ]
	[ "$(cat "$W/err")" = err ]
	out=$(printf 'a\nb\nc\n' | cleat run --rm -i bb:1 wc -l)
	[ "$out" = 3 ]
	run cleat run --rm bb:1 cat < /dev/null
	status_is 0
}

@test "a megabyte goes in and comes out whole" {
	head -c 1048576 /dev/urandom > "$W/blob"
	cleat run --rm -i bb:1 cat < "$W/blob" > "$W/blob.out"
	cmp "$W/blob" "$W/blob.out"
}

@test "environment, working directory and user" {
	run cleat run --rm -e A=1 -e B="two words" -w /tmp -u 1000:50 bb:1 sh -c 'echo $A; echo "$B"; pwd; id -u; id -g; echo $HOME; echo $PATH'
	status_is 0
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = "two words" ]
	[ "${lines[2]}" = /tmp ]
	[ "${lines[3]}" = 1000 ]
	[ "${lines[4]}" = 50 ]
	[ "${lines[6]}" = /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ]
	run cleat run --rm -u user bb:1 sh -c 'id; echo $HOME'
	status_is 0
	says 'uid=1000(user) gid=1000(user)'
	says '50(extra)'
	says '/home/user'
	printf 'X=from file\n# comment\n' > "$W/env"
	run cleat run --rm --env-file "$W/env" bb:1 sh -c 'echo $X'
	[ "$output" = "from file" ]
}

@test "memory, cpu and pids limits are in the container's cgroup" {
	run cleat run -d --name limits --memory 64m --pids-limit 50 --cpus 0.5 --cpu-shares 512 bb:1 sleep 100
	status_is 0
	id=$output
	if [ -d /sys/fs/cgroup/memory ]; then
		[ "$(cat /sys/fs/cgroup/memory$CGP/$id/memory.limit_in_bytes)" = 67108864 ]
		[ "$(cat /sys/fs/cgroup/pids$CGP/$id/pids.max)" = 50 ]
		[ "$(cat /sys/fs/cgroup/cpu$CGP/$id/cpu.cfs_quota_us)" = 50000 ]
		[ "$(cat /sys/fs/cgroup/cpu$CGP/$id/cpu.shares)" = 512 ]
	else
		[ "$(cat /sys/fs/cgroup$CGP/$id/memory.max)" = 67108864 ]
		[ "$(cat /sys/fs/cgroup$CGP/$id/pids.max)" = 50 ]
		[ "$(cat /sys/fs/cgroup$CGP/$id/cpu.max)" = "50000 100000" ]
	fi
	cleat rm -f limits
}

@test "the memory limit kills, and inspect says so" {
	run cleat run --name oom --memory 16m bb:1 sh -c 'x=a; while :; do x=$x$x; done'
	status_is 137
	run cleat inspect oom
	says '"OOMKilled": true'
	cleat rm oom
}

@test "capabilities are docker's fourteen, inheritable none, and --cap-drop ALL leaves none" {
	run cleat run --rm bb:1 grep Cap /proc/self/status
	says 'CapInh:	0000000000000000'
	says 'CapBnd:	00000000a80425fb'
	run cleat run --rm --cap-drop ALL bb:1 grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status
	[ "$(printf '%s\n' "$output" | grep -c 0000000000000000)" = 3 ]
	run cleat run --rm --cap-drop ALL --cap-add NET_RAW bb:1 grep CapBnd /proc/self/status
	says 0000000000002000
	run cleat run --rm -u 1000 bb:1 grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status
	[ "$(printf '%s\n' "$output" | grep -c 0000000000000000)" = 3 ]
}

@test "seccomp filters by default, not when unconfined" {
	run cleat run --rm bb:1 grep Seccomp: /proc/self/status
	says '2'
	run cleat run --rm --security-opt seccomp=unconfined bb:1 grep Seccomp: /proc/self/status
	says '0'
	run cleat run --rm bb:1 unshare -U true
	[ "$status" -ne 0 ]
}

@test "--security-opt: docker's spellings, shown by inspect; a label without its kernel module is one sentence" {
	for option in no-new-privileges no-new-privileges=true no-new-privileges:true; do
		run cleat run --rm --security-opt "$option" bb:1 grep NoNewPrivs: /proc/self/status
		says 1
	done
	run cleat run --rm --security-opt no-new-privileges=false bb:1 grep NoNewPrivs: /proc/self/status
	says 0
	cleat create --name opted --security-opt apparmor=unconfined --security-opt label:disable --security-opt no-new-privileges bb:1 true
	[ "$(cleat inspect opted | jq -c '.[0] | [.HostConfig.SecurityOpt, .AppArmorProfile, .ProcessLabel]')" = \
		'[["apparmor=unconfined","label:disable","no-new-privileges"],"",""]' ]
	cleat rm opted
	if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
		run cleat run --rm --security-opt apparmor=docker-default bb:1 true
		status_is 125
		[ "$output" = "cleat run: cannot use AppArmor profile 'docker-default': AppArmor is not enabled in this kernel" ]
	fi
	if [ ! -e /sys/fs/selinux/enforce ]; then
		run cleat run --rm --security-opt label=type:spc_t bb:1 true
		status_is 125
		[ "$output" = "cleat run: cannot use SELinux label 'system_u:system_r:spc_t:s0': SELinux is not enabled in this kernel" ]
	fi
}

@test "masked and read-only paths" {
	run cleat run --rm bb:1 sh -c 'head -c1 /proc/kcore 2>/dev/null | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -vc ":"; echo x > /proc/sys/kernel/core_pattern'
	[ "$status" -ne 0 ]
	[ "${lines[0]}" = 0 ]
	says 'ead-only'
}

@test "--read-only, --tmpfs, -v and --mount" {
	mkdir -p "$W/vol" && echo host > "$W/vol/f"
	run cleat run --rm --read-only --tmpfs /scratch -v "$W/vol:/data" --mount type=bind,source="$W/vol",target=/ro,readonly bb:1 \
		sh -c 'touch /x 2>&1; touch /scratch/y && echo scratch; cat /data/f; echo new > /data/g; touch /ro/h 2>&1; mount | grep -c /scratch'
	says 'Read-only file system'
	says scratch
	says host
	[ "$(cat "$W/vol/g")" = new ]
	[ ! -e "$W/vol/h" ]
}

@test "--rootfs runs on a directory, and :O leaves it untouched" {
	busybox_root "$W/tree"
	run cleat run --rm --rootfs "$W/tree" sh -c 'echo direct > /written; cat /written'
	status_is 0
	says direct
	[ "$(cat "$W/tree/written")" = direct ]
	run cleat run --rm --rootfs "$W/tree:O" sh -c 'echo over > /overlay; cat /overlay /written'
	status_is 0
	says over
	[ ! -e "$W/tree/overlay" ]
	run cleat run --rm --rootfs /:O cat /etc/debian_version
	status_is 0
	[ "$output" = "$(cat /etc/debian_version)" ]
}

@test "--network host, none and ns:PATH" {
	run cleat run --rm --network host bb:1 readlink /proc/self/ns/net
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
	cleat run -d --name net bb:1 sleep 100
	mine=$(cleat exec net readlink /proc/self/ns/net)
	run cleat run --rm --network container:net bb:1 readlink /proc/self/ns/net
	[ "$output" = "$mine" ]
	cleat rm -f net
}

@test "--privileged: every capability of the daemon, all of sysfs, no filter" {
	run cleat run --rm --privileged bb:1 sh -c 'grep CapBnd /proc/self/status; grep Seccomp: /proc/self/status; test -w /proc/sys/kernel/hostname && echo rw; ls /dev | wc -l'
	status_is 0
	says "$(grep CapBnd /proc/self/status)"
	says rw
}

@test "--init reaps and forwards" {
	run cleat run --rm --init bb:1 sh -c 'cat /proc/1/comm; sh -c "exit 0" & wait'
	status_is 0
	says_not 'sh'
}

@test "--cidfile, --label, --ulimit, --stop-signal are kept" {
	run cleat run -d --cidfile "$W/cid" --label a=b --ulimit nofile=1000:2000 --stop-signal USR1 --name kept bb:1 sh -c 'ulimit -n; sleep 100'
	status_is 0
	[ "$(cat "$W/cid")" = "$output" ]
	run cleat inspect kept
	says '"a": "b"'
	says 'SIGUSR1'
	run cleat exec kept sh -c 'grep "open files" /proc/1/limits'
	says '1000 '
	says '2000 '
	cleat rm -f kept
}

@test "the program gets descriptors 0, 1 and 2 and no other" {
	exec 7< /etc/passwd 9< /
	run cleat run --rm bb:1 sh -c 'ls /proc/self/fd'
	exec 7<&- 9<&-
	status_is 0
	# 3 is ls's own directory
	[ "$(echo $output)" = "0 1 2 3" ]
}

@test "eight at once" {
	for i in 1 2 3 4 5 6 7 8; do cleat run --rm bb:1 echo "n$i" > "$W/n$i" & done
	wait
	for i in 1 2 3 4 5 6 7 8; do [ "$(cat "$W/n$i")" = "n$i" ]; done
}
