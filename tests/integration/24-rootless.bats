#!/usr/bin/env bats
# cleat-oci for a user without privileges: a user namespace, with one id or with a range of newuidmap's.
load lib
load lib/oci

setup_file() { oci_rootfs; }

# User 1000 with a runtime directory of its own; the machine needs no such user, nor its ranges.
setup() {
	oci_world rootless
	ID=r
	chmod 711 "$W"
	mkdir -p "$W/bin" "$W/run" "$W/etc"
	cp "$CLEAT_BIN/cleat-oci" "$W/bin/"
	chmod 700 "$W/run"
	chown 1000:1000 "$W/run"
	printf 'root:x:0:0::/root:/bin/sh\nstory:x:1000:1000::/:/bin/sh\n' > "$W/etc/passwd"
	printf 'root:x:0:\nstory:x:1000:\n' > "$W/etc/group"
	echo story:700000:65536 | tee "$W/etc/subuid" > "$W/etc/subgid"
	U_PATH=$W/bin:/usr/bin:/bin:/usr/sbin:/sbin
	U_ROOT=$W/run/cleat-oci
}

teardown() {
	local status=0 id
	for id in $(user list -q 2> /dev/null); do user delete -f "$id" || status=1; done
	nothing_of_user || status=1
	oci_world_end && return "$status"
}

# The file's root is below bats's directory, which is closed for others.
root_for_user() { [ -e "$W/rootfs" ] || { busybox_root "$W/rootfs" && chown -R 1000:1000 "$W/rootfs"; }; }

# shellcheck disable=SC2016
as_user() {
	unshare -m --propagation private sh -c '
		for f in passwd group subuid subgid; do [ ! -e /etc/$f ] || mount --bind "$W/etc/$f" /etc/$f || exit 99; done
		exec setpriv --reuid 1000 --regid 1000 --clear-groups env -i "XDG_RUNTIME_DIR=$W/run" "PATH=$U_PATH" "$@"' \
		sh "$@"
}
user() { U_PATH=$U_PATH as_user "$W/bin/cleat-oci" "$@"; }
export U_PATH

# rootless SCRIPT [JQ-FILTER]: $B from `spec --rootless`, with a script.
rootless() {
	B=$W/b-$ID
	root_for_user
	rm -rf "$B"
	mkdir "$B"
	chown 1000:1000 "$B"
	user spec --rootless -b "$B"
	edit ".process.terminal = false | .root = {path: \"$W/rootfs\"} | .process.args = $(jq -nc '["sh", "-c", $s]' --arg s "$1")"
	edit "${2:-.}"
}
goes() { rootless "$@"; captured user run -b "$B" "$ID"; }
many='.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: 700000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

nothing_of_user() { [ -z "$(ls "$U_ROOT" 2> /dev/null)" ] || { echo "left: $(ls "$U_ROOT")" >&2; return 1; }; }
# refused WORDS SCRIPT FILTER: one line with WORDS, and nothing is left.
refused() {
	goes "$2" "$3"
	[ "$status" -ne 0 ] || { echo "it ran: $output" >&2; return 1; }
	says "$1" && one_line && nothing_of_user
}

@test "one id, without newuidmap: root inside, setgroups denied (U1)" {
	U_PATH=$W/bin
	mkdir "$W/tools"
	U_PATH=$W/tools
	ln -s "$(command -v env)" "$W/tools/env"
	goes 'id -u; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; grep NoNewPrivs /proc/self/status; exit 7'
	status_is 7
	[[ $(tr -s ' \n' ' ' <<< "$output") == "0 0 1000 1 0 1000 1 deny "* ]]
	nothing_of_user
}

@test "devices, filesystems and masks are there" {
	# shellcheck disable=SC2016
	goes 'echo x > /dev/null && head -c 4 /dev/zero | wc -c && test -c /dev/full && test -c /dev/tty && echo devices
		mount | grep -c "^mqueue on /dev/mqueue"; echo x > /dev/shm/x && echo shm
		[ "$(ls /proc | grep -c "^[0-9]")" -lt 5 ] && echo own proc
		echo 1 > /proc/sys/vm/drop_caches; head -c 1 /proc/timer_list | wc -c; ls /sys/firmware | wc -l; test -d /sys/class && echo sys; hostname'
	status_is 0
	says "Read-only file system"
	[[ $(grep -v drop_caches <<< "$output" | tr '\n' ' ') == "4 devices 1 shm own proc 0 0 sys "* ]]
}

@test "the network namespace: its own has a loopback and a sysfs, the host's is bound" {
	goes 'cat /sys/class/net/lo/operstate; ls /sys/class/net; mount | grep -c "^sysfs on /sys .*ro,"' \
		'.linux.namespaces += [{type: "network"}] | (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid", "noexec", "nodev"]}'
	status_is 0
	[[ $(tr '\n' ' ' <<< "$output") == "unknown lo 1 " ]]
	goes 'mount | grep "^sysfs on /sys " | grep -c "(ro,"; touch /sys/fs/cgroup/x' \
		'.mounts |= map(select(.type != "cgroup")) | (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro", "nosuid", "noexec", "nodev"]}'
	[ "$status" -ne 0 ]
	says "Read-only"
}

@test "the host's pid namespace: its procfs is bound, masked and not writable where it matters" {
	goes 'echo x > /proc/sys/kernel/hostname; test -e /proc/1/status && echo seen' \
		'.linux.namespaces |= map(select(.type != "pid"))'
	status_is 0
	says "Read-only"
	says seen
}

@test "control groups cannot be written, with and without a cgroup namespace and a mount of them (F7)" {
	local filter own=/sys/fs/cgroup/cpu$CGP
	# One that is hers, so that only the mount keeps her from it.
	[ -d /sys/fs/cgroup/cpu ] || own=/sys/fs/cgroup$CGP
	mkdir "$own"
	chown 1000:1000 "$own"
	for filter in . '.linux.namespaces |= map(select(.type != "cgroup"))' '.mounts |= map(select(.type != "cgroup"))' \
		'(.mounts |= map(select(.type != "cgroup"))) | .linux.namespaces |= map(select(.type != "cgroup"))' \
		'(.mounts[] | select(.type == "cgroup")).options = ["rw"]'; do
		# shellcheck disable=SC2016
		goes 'cd /sys/fs/cgroup || exit 9
			for d in $(find . -mindepth 1 -type d -user 0); do mkdir $d/x 2> /dev/null && echo "wrote $d"; done; exit 0' "$filter"
		status_is 0
		says_not wrote
	done
	# and the proof that it bites: she may, outside
	as_user mkdir "$own/x"
	rmdir "$own/x" "$own"
}

@test "life: run -d, state, list, exec, kill, delete; state below XDG_RUNTIME_DIR" {
	rootless 'exec sleep 1000'
	captured user run -d --pid-file "$W/run/pid" -b "$B" "$ID"
	status_is 0
	[ "$(stat -c '%a %u' "$U_ROOT")" = "1700 1000" ]
	[ "$(user state "$ID" | jq -r .status)" = running ]
	[ "$(user state "$ID" | jq -r .pid)" = "$(cat "$W/run/pid")" ]
	[ "$(user list -q)" = "$ID" ]
	[ "$(user exec "$ID" sh -c 'id -u; cat /proc/self/setgroups' | tr '\n' ' ')" = "0 deny " ]
	captured user exec "$ID" sh -c 'exit 9'
	status_is 9
	captured user exec -u 7 "$ID" true
	says "not mapped"
	for word in pause ps "events --stats" "update --pids-limit 5"; do
		# shellcheck disable=SC2046,SC2086
		captured user ${word%% *} $([ "$word" = "${word#* }" ] || echo "${word#* }") "$ID"
		[ "$status" -ne 0 ]
		says "no cgroup"
	done
	user kill --all "$ID" KILL
	user_stopped() { [ "$(user state "$ID" | jq -r .status)" = stopped ]; }
	until_true 5 user_stopped
	user delete "$ID"
	nothing_of_user
}

@test "create and start, hooks as the user, delete -f; kill -9 of the runtime" {
	rootless 'exec sleep 1000' ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"/usr/bin/id -u > $W/run/hook\"]}]"
	captured user create -b "$B" "$ID"
	status_is 0
	[ "$(cat "$W/run/hook")" = 1000 ]
	user start "$ID"
	user delete -f "$ID"
	nothing_of_user
	user run -b "$B" "$ID" > /dev/null 2>&1 < /dev/null 3>&- &
	local run=$!
	user_runs() { [ "$(user state "$ID" 2> /dev/null | jq -r .status)" = running ]; }
	until_true 5 user_runs
	kill -9 $run
	wait $run || :
	user delete -f "$ID"
	nothing_of_user
}

@test "a terminal in the foreground, and for exec" {
	rootless 'tty; stty size; id -u; exit 4' '.process.terminal = true'
	run as_user python3 "$STORY_DIR/lib/pty.py" 31 97 -- "$W/bin/cleat-oci" run -b "$B" "$ID"
	status_is 4
	says /dev/pts/0
	says "31 97"
	rootless 'exec sleep 1000'
	captured user run -d -b "$B" "$ID"
	run as_user python3 "$STORY_DIR/lib/pty.py" 20 70 -- "$W/bin/cleat-oci" exec -t "$ID" sh -c 'tty; stty size'
	status_is 0
	says "20 70"
}

@test "what takes privileges is refused in one sentence that says why" {
	refused "delegated cgroup" true '.linux.resources.pids = {limit: 5}'
	refused "delegated cgroup" true '.linux.resources.memory = {limit: 33554432}'
	refused "delegated cgroup" true '.linux.cgroupsPath = "/cleat-story-rootless"'
	refused "needs CAP_SYS_RESOURCE" true '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 1000000000}]'
	refused "oomScoreAdj" true '.process.oomScoreAdj = -900'
	refused "groups" true '.process.user.additionalGids = [5]'
	refused "not mapped" true '.process.user.uid = 5'
	refused "no such device" true '.linux.devices = [{path: "/dev/mine", type: "c", major: 1, minor: 3}]'
	refused "user namespace" true 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	refused "not allowed" true '.linux.uidMappings[0].hostID = 0'
	goes 'ulimit -n; cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 900 | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 128}]'
	[[ $(tr '\n' ' ' <<< "$output") == "64 900 " ]]
}

@test "a range of ids by newuidmap and newgidmap: users, groups, owners" {
	goes 'id -u; id -g; id -G; cat /proc/self/setgroups; touch /dev/shm/x; stat -c %u:%g /dev/shm/x; tail -n 1 /proc/self/uid_map | tr -s " "' \
		"$many | .process.user |= {uid: 7, gid: 8, additionalGids: [5]}"
	status_is 0
	[[ $(tr '\n' ' ' <<< "$output") == "7 8 8 5 allow 7:8 1 700000 65536 "* ]] ||
		[[ $(tr '\n' ' ' <<< "$output") == "7 8 8 5 allow 7:8  1 700000 65536 "* ]]
	rootless 'exec sleep 1000' "$many"
	captured user run -d -b "$B" "$ID"
	status_is 0
	[ "$(user exec -u 5:6 "$ID" id -u)" = 5 ]
	user delete -f "$ID"
	mkdir "$W/tools"
	ln -s "$(command -v env)" "$W/tools/env"
	U_PATH=$W/tools refused "package uidmap" true "$many"
	echo other:1:1 > "$W/etc/subuid"
	refused newuidmap true "$many"
}

@test "root of a user namespace that the caller has made: no user namespace in the configuration" {
	rootless 'id -u; test -c /dev/null && echo null; exit 3' \
		'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	captured as_user unshare -Urm "$W/bin/cleat-oci" run -b "$B" "$ID"
	status_is 3
	[[ $(tr '\n' ' ' <<< "$output") == "0 null " ]]
	nothing_of_user
}

@test "a second container joins the first one's user and network namespaces" {
	rootless 'exec sleep 1000' '.linux.namespaces += [{type: "network"}]'
	captured user run -d -b "$B" "$ID"
	status_is 0
	local pid
	pid=$(user state "$ID" | jq .pid)
	ID=second
	goes 'id -u; readlink /proc/self/ns/user; readlink /proc/self/ns/net' \
		"del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != \"user\")) + [{type: \"user\", path: \"/proc/$pid/ns/user\"}, {type: \"network\", path: \"/proc/$pid/ns/net\"}]"
	status_is 0
	says "$(readlink "/proc/$pid/ns/user")"
	says "$(readlink "/proc/$pid/ns/net")"
	user delete -f r
}
