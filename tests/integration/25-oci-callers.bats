#!/usr/bin/env bats
# cleat-oci under the programs that call OCI runtimes: containerd's own shim, and podman with conmon.
load lib
load lib/oci
bats_require_minimum_version 1.5.0

setup_file() {
	oci_rootfs
	C=$BATS_FILE_TMPDIR/containerd
	export C
	mkdir -p "$C"
	cat > "$C/config.toml" <<-END
		version = 2
		root = "$C/root"
		state = "$C/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$C/sock"
		[ttrpc]
		  address = "$C/sock.ttrpc"
	END
	containerd -c "$C/config.toml" > "$C/log" 2>&1 3>&- &
	echo $! > "$C/pid"
	until_true 20 ctr -a "$C/sock" version > /dev/null 2>&1
	# podman: a runtime is known by the base name of its path
	cat > "$C/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
		[engine]
		runtime_supports_nocgroup = ["crun", "cleat-oci"]
		runtime_supports_json = ["crun", "cleat-oci"]
	END
}

teardown_file() { end_process "$(cat "$C/pid")"; }

setup() { oci_world callers; }

# conmon has a cgroup of its own, which nobody removes.
conmon_gone() {
	local dir status=0
	for dir in $(cgroup_dirs | grep '/conmon$'); do rmdir "$dir" 2> /dev/null || status=1; done
	return $status
}

teardown() {
	local id
	for id in $(pod pod ps -q 2> /dev/null); do pod pod rm -ft 0 "$id" > /dev/null; done
	for id in $(pod ps -aq 2> /dev/null); do pod rm -ft 0 "$id" > /dev/null; done
	for id in $(c task ls -q); do c task kill -s KILL "$id"; until_true 5 stopped "$id"; c task rm "$id"; done
	for id in $(c container ls -q); do c container rm "$id"; done
	umount "$W/pod/root/vfs" 2> /dev/null || umount "$W/pod/root" 2> /dev/null || :
	until_true 5 conmon_gone
	oci_world_end
}

# ---- containerd -------------------------------------------------------------------------------------

c() { ctr -a "$C/sock" "$@" 3>&-; }
stopped() { c task ls | grep -qE "^$1 .*STOPPED"; }
# c_run [FLAG...] ID COMMAND...: from the shared root filesystem
c_run() {
	local flags=()
	while [[ $1 = -* ]]; do flags+=("$1"); shift; done
	local id=$1
	shift
	c run "${flags[@]}" --rootfs --runc-binary "$CLEAT_BIN/cleat-oci" --runc-root "$OCI_ROOT" --cgroup "$CGP/$id" "$OCI_ROOTFS" "$id" "$@"
}

@test "containerd: run says hello and returns the status" {
	run c_run --rm hello /bin/sh -c 'echo hello; exit 5'
	status_is 5
	says hello
}

@test "containerd: start, exec, pause, resume, ps, kill, delete" {
	c_run -d life /bin/sleep 1000
	[ "$(jq -r .status < <(cleat-oci --root "$OCI_ROOT/default" state life))" = running ]
	run c task exec --exec-id e1 life /bin/sh -c 'echo from exec; exit 4'
	status_is 4
	says "from exec"
	c task pause life
	c task ls | grep -q PAUSED
	c task resume life
	c task ls | grep -q RUNNING
	[ "$(c task ps life | tail -n +2 | wc -l)" -eq 1 ]
	c task kill -s KILL life
	until_true 5 stopped life
	run c task kill -s KILL life
	says "process already finished"
	c task rm life || [ $? -eq 137 ]
	c container rm life
	run cleat-oci --root "$OCI_ROOT/default" state life
	says "container does not exist"
}

@test "containerd: errors of the runtime reach the user" {
	run c_run --rm missing /no/such
	[ "$status" -ne 0 ]
	says 'OCI runtime create failed: exec: "/no/such": no such file or directory'
	c_run -d present /bin/sleep 1000
	run c task exec --exec-id e1 present no-such-program
	[ "$status" -ne 0 ]
	says "executable file not found in"
	[ -z "$(ls "$OCI_ROOT/default/missing" 2> /dev/null)" ]
}

@test "containerd: a terminal" {
	run python3 "$STORY_DIR/lib/pty.py" 30 90 "expect:30 90" -- ctr -a "$C/sock" run --rm -t --rootfs --runc-binary "$CLEAT_BIN/cleat-oci" \
		--runc-root "$OCI_ROOT" --cgroup "$CGP/tty" "$OCI_ROOTFS" tty /bin/sh -c 'sleep 1; stty size; tty'
	status_is 0
	says /dev/pts/
}

@test "containerd: memory limit and out-of-memory" {
	c_run -d --memory-limit=33554432 limits /bin/sleep 1000
	c task metrics limits | grep -q 'memory.usage_in_bytes'
	[ "$(cat "/sys/fs/cgroup/memory$CGP/limits/memory.limit_in_bytes" 2> /dev/null || cat "/sys/fs/cgroup$CGP/limits/memory.max")" = 33554432 ]
}

# ---- podman ----------------------------------------------------------------------------------------

pod() {
	CONTAINERS_CONF=$C/containers.conf podman --root "$W/pod/root" --runroot "$W/pod/run" --tmpdir "$W/pod/tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file --runtime "$CLEAT_BIN/cleat-oci" "$@" 3>&-
}
# Flags of run and create on a machine without CAP_SYS_RESOURCE (callers.md).
POD=(--network none --ulimit nofile=20000:20000 --ulimit nproc=32768:32768)
pod_run() {
	local flags=()
	while [[ $1 = -* ]]; do flags+=("$1"); shift; done
	[[ " ${flags[*]} " = *" --cgroups=disabled "* ]] || flags+=(--cgroup-parent "$CGP")
	pod run "${flags[@]}" "${POD[@]}" --rootfs "$OCI_ROOTFS" "$@"
}

@test "podman: info knows the runtime" {
	run pod info --format '{{.Host.OCIRuntime.Version}}'
	status_is 0
	says "cleat-oci version"
	says "spec: 1."
}

@test "podman: run returns output and status; 126 and 127 for what cannot run" {
	run pod_run --rm /bin/sh -c 'echo hello; exit 7'
	status_is 7
	says hello
	run -127 pod_run --rm /no/such
	run -127 pod_run --rm no-such
	run pod_run --rm /etc/passwd; status_is 126
	run pod_run --rm /etc; status_is 126
}

@test "podman: run -d, exec, pause, update, stop, start, kill, wait, rm" {
	pod_run -d --name=life /bin/sleep 1000
	[ "$(pod exec life echo in exec)" = "in exec" ]
	[ "$(echo typed | pod exec -i life cat)" = typed ]
	[ "$(pod exec -u 1000 life id -u)" = 1000 ]
	run pod exec life sh -c 'exit 9'; status_is 9
	run -127 pod exec life /no/such
	run pod exec life /etc; status_is 126
	pod pause life
	[[ $(pod ps -a --format '{{.Status}}') = *Paused* ]] || [[ $(pod ps -a --format '{{.Status}}') = *paused* ]]
	pod unpause life
	pod update --memory 64m life
	pod top life | grep -q sleep
	pod stop -t 0 life
	pod start life
	pod kill -s KILL life
	[ "$(pod wait life)" = 137 ]
	pod rm life
}

@test "podman: a terminal, in run and in exec" {
	[[ $(pod_run --rm -t /bin/tty) = /dev/pts/0* ]]
	pod_run -d --name=tty /bin/sleep 1000
	[[ $(pod exec -t tty tty) = /dev/pts/* ]]
}

@test "podman: users, capabilities, limits, names, tmpfs, user namespace, sysctl" {
	run pod_run --rm --cap-drop=ALL --user=1000:1000 --read-only --memory=64m --pids-limit=50 --tmpfs=/tmp --hostname=hh \
		/bin/sh -c 'hostname; id -u; grep CapEff /proc/self/status; touch /x || touch /tmp/x && echo written'
	status_is 0
	says hh
	says 1000
	says 0000000000000000
	says written
	run pod_run --rm --uidmap=0:100000:65536 /bin/cat /proc/self/uid_map
	status_is 0
	says 100000
	[ "$(pod_run --rm --sysctl=net.ipv4.ip_forward=1 /bin/cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	[ "$(pod_run --rm --privileged /bin/sh -c 'ls /dev | wc -l')" -gt 20 ]
}

@test "podman: a file below a read-only tmpfs, a volume with the container's owners" {
	echo of the host > "$W/file"
	run pod_run --rm --tmpfs=/t:ro --volume="$W/file:/t/below/file" /bin/sh -c 'cat /t/below/file; touch /t/not'
	says "of the host"
	says "Read-only file system"
	mkdir "$W/owned"
	run pod_run --rm --uidmap=0:100000:65536 --volume="$W/owned:/tmp:idmap" /bin/stat -c %u /tmp
	status_is 0
	[ "${lines[-1]}" = 0 ]
}

@test "podman: a pod" {
	tar -C "$OCI_ROOTFS" -c . | pod import -q - localhost/bb:1
	pod pod create --name p --network none --infra-image localhost/bb:1 --infra-command '/bin/sleep 1000' --cgroup-parent "$CGP" --share ipc,uts,net,pid
	pod run -d --pod p --name one bb:1 sleep 999
	pod run --rm --pod p bb:1 ps -o args | grep -q 'sleep 999'
	pod pod pause p
	[ "$(pod ps --filter name=one --format '{{.Status}}' -a | tr A-Z a-z)" = paused ]
	pod pod unpause p
	id=$(pod pod inspect p --format '{{.ID}}')
	pod pod rm -f -t 0 p
	# podman leaves the pod's own where it knows no controller
	for dir in $(cgroup_dirs | grep "/$id$"); do rmdir "$dir"; done
}

@test "podman: without cgroups" {
	run pod_run --rm --cgroups=disabled /bin/echo free
	status_is 0
	says free
}

# as_user COMMAND...: user 1000 with a name, a range of ids and a runtime directory, in a mount namespace where it has them.
as_user() {
	local file bind=""
	for file in passwd group subuid subgid; do bind+="mount --bind $W/etc/$file /etc/$file && "; done
	unshare --mount sh -c "$bind exec setpriv --reuid 1000 --regid 1000 --clear-groups \"\$@\"" sh env HOME="$W/home" XDG_RUNTIME_DIR="$W/run" \
		CONTAINERS_CONF="$W/containers.conf" PATH=/usr/bin:/bin:/usr/sbin:/sbin sh -c 'cd && exec "$@"' sh "$@" 3>&-
}
rootless() { as_user podman --cgroup-manager cgroupfs --storage-driver vfs --events-backend none --runtime "$W/bin/cleat-oci" "$@"; }

@test "podman for a user without privileges: run, keep-id, exec, stop" {
	chmod 711 "$W"
	install -m 644 "$C/containers.conf" "$W/containers.conf"
	mkdir -p "$W"/{bin,etc,home,run}
	cp "$CLEAT_BIN/cleat-oci" "$W/bin/"
	printf 'root:x:0:0::/root:/bin/sh\nstory:x:1000:1000::/:/bin/sh\n' > "$W/etc/passwd"
	printf 'root:x:0:\nstory:x:1000:\n' > "$W/etc/group"
	echo story:700000:65536 | tee "$W/etc/subuid" > "$W/etc/subgid"
	cp -a "$OCI_ROOTFS" "$W/home/rootfs"
	chown -R 1000:1000 "$W/home" "$W/run"
	run rootless run --rm --network none --cgroups=disabled --rootfs "$W/home/rootfs" /bin/sh -c 'id -u; cat /proc/self/uid_map; exit 3'
	status_is 3
	[[ $output =~ 0\ +1000\ +1 && $output =~ 1\ +700000\ +65536 ]]
	[ "$(rootless run --rm --network none --cgroups=disabled --userns=keep-id --rootfs "$W/home/rootfs" /bin/id -u 2> /dev/null)" = 1000 ]
	rootless run -d --name one --network none --rootfs "$W/home/rootfs" /bin/sleep 1000
	[ "$(rootless exec one id -u)" = 0 ]
	[[ $(rootless exec -t one tty) = /dev/pts/* ]]
	rootless stop -t 0 one
	rootless rm one
	end_process "$(cat "$W/run/libpod/tmp/pause.pid")" # podman's own, which keeps the user namespace
}

# ---- buildah ---------------------------------------------------------------------------------------

@test "buildah: a Dockerfile's steps, and run with a volume, another user and a terminal" {
	bah() { buildah --root "$W/pod/root" --runroot "$W/pod/run" --storage-driver vfs "$@" 3>&-; }
	oci_flags=(--runtime "$CLEAT_BIN/cleat-oci" --isolation oci --network none)
	limits=(--ulimit nofile=20000:20000 --ulimit nproc=32768:32768 --cgroup-parent "$CGP/buildah") # buildah takes it as it is
	mkdir -p "$W/context" "$W/volume"
	tar -C "$OCI_ROOTFS" -c . | pod import -q - localhost/bb:1
	printf 'FROM localhost/bb:1\nRUN echo built > /x && id\nUSER user\nWORKDIR /w\nRUN id -u > /tmp/who; pwd > /tmp/where\n' > "$W/context/Dockerfile"
	printf 'FROM localhost/bb:1\nRUN exit 3\n' > "$W/context/fails"
	bah bud "${oci_flags[@]}" "${limits[@]}" -t made "$W/context"
	[ "$(pod run --rm --network none --cgroup-parent "$CGP" made cat /x /tmp/who /tmp/where | tr '\n' ' ')" = "built 1000 /w " ]
	run bah bud "${oci_flags[@]}" "${limits[@]}" -f "$W/context/fails" "$W/context"
	status_is 3
	bah from --name box "${limits[@]}" localhost/bb:1
	run bah run "${oci_flags[@]}" --user user --workingdir /etc --volume "$W/volume:/v" box sh -c 'id -u; pwd; ls -d /v; exit 4'
	status_is 4
	[ "${lines[*]:0:3}" = "1000 /etc /v" ]
	run script -qec "buildah --root '$W/pod/root' --runroot '$W/pod/run' --storage-driver vfs run -t ${oci_flags[*]} box tty" /dev/null < /dev/null
	status_is 0
	says /dev/pts/0
	bah rm box
}
