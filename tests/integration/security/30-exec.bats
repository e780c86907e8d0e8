#!/usr/bin/env bats
# Published escapes by way of a process that is on its way into the container, replayed.
load ../lib
load ../lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world exec; }
teardown() { oci_world_end; }

# A container that looks at every process it can see, and may trace all of them.
watcher() {
	reach none
	oci_config '.process.args = ["sh", "-c", "while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] || { ls -l $p/fd; ls -ld $p/cwd $p/root; } >> /seen 2>/dev/null; done; done"]
		| .root.readonly = false | .process.capabilities[] += ["CAP_SYS_PTRACE"]'
	rm -f "$OCI_ROOTFS/seen"
	captured oci run -d -b "$BUNDLE" "$ID"
	status_is 0
}

@test "F1 (CVE-2016-9962): no descriptor of the host is ever seen in a process of exec" {
	watcher
	for _ in $(seq 60); do oci exec "$ID" true < /dev/null > /dev/null 2>&1; done
	oci delete -f "$ID"
	[ "$(grep -c 'fd\|root\|->' "$OCI_ROOTFS/seen")" -gt 100 ]
	not grep -E -- '-> /(sys/fs/cgroup|proc|run|var|tmp|home|work|root)(/|$)' "$OCI_ROOTFS/seen"
}

# What init is made from, opened now and tried when nothing of ours runs any more.
overwritten() {
	python3 -c '
import os, subprocess, sys
pid, root, id = sys.argv[1:]
fd = os.open(f"/proc/{pid}/exe", os.O_PATH)
subprocess.run(["cleat-oci", "--root", root, "delete", "-f", id], check=True)
try:
    os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)
    print("writable")
except OSError as error:
    print(error.strerror)
' "$(oci state "$ID" | jq .pid)" "$OCI_ROOT" "$ID"
}

@test "F2 (CVE-2019-5736): the runtime's program cannot be written to, not even afterwards" {
	reach created
	run overwritten
	[ "$output" = "Read-only file system" ] || { echo "$output" >&2; false; }
}

# begun HOW COMMAND...: create by way of COMMAND makes init from a program that is sealed and has its name.
begun() {
	local how=$1
	shift
	reach none
	captured "$@" "$(command -v cleat-oci)" --root "$OCI_ROOT" create -b "$BUNDLE" "$ID"
	status_is 0
	[ "$(cat "/proc/$(oci state "$ID" | jq .pid)/comm")" = cleat-oci ]
	run overwritten
	[ "$output" = "Read-only file system" ] || { echo "$how: $output" >&2; false; }
}

@test "F2 (CVE-2019-5736): nor when the early seal is kept away" {
	local many=() i
	for i in $(seq 600); do many+=("VARIABLE$i=x"); done
	begun "a program of few variables" env
	begun "one of many" env "${many[@]}"
	begun "one that believes it was sealed" env CLEAT_SEALED_PATH=/bin/cat
	[ "${CLEAT_SANITIZED:-0}" = 0 ] || return 0 # a dynamic program has one seal only, and LeakSanitizer is no friend of strace
	begun "one whose first try fails" strace -qq -o /dev/null -e inject=open_tree:error=EPERM:when=1
	begun "one that cannot run again at first" strace -qq -o /dev/null -e inject=execveat:error=ENOMEM:when=1
}

@test "who is sealed without need still knows where it is installed" {
	reach none
	mkdir "$W/run"
	cd "$W"
	cleat-oci spec -b run # the word of another command; it looks for seccomp.json beside itself
	jq -e '.linux.seccomp.syscalls | length > 0' run/config.json
}
