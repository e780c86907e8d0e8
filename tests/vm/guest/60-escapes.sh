# 60-escapes.sh - published escapes that would write to the host if a defence were missing (security.md, marked).
# shellcheck shell=dash

#bundle null .mounts |= map(select(.destination | startswith("/dev") | not)) | .mounts += [{destination: "/dev", type: "bind", source: "/tmp/null", options: ["bind", "rw"]}] | .linux.maskedPaths = ["/proc/keys"] | sh("stat -c %t:%T /proc/keys; echo x > /proc/keys; echo payload; echo payload > /dev/null")
#bundle pts .mounts |= map(if .destination == "/dev/pts" then {destination: "/dev/pts", type: "bind", source: "/tmp/pts", options: ["bind", "rw"]} else . end) | .process.terminal = true
#bundle core sh("echo x > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger; mount -o remount,rw /proc/sys; echo x > /proc/sys/kernel/core_pattern; mount -t cgroup2 c /tmp; mount -t proc p /tmp; exit 0")

core_pattern_stays() { is "$core_pattern" "$(cat /proc/sys/kernel/core_pattern)" core_pattern; }
core_pattern=$(cat /proc/sys/kernel/core_pattern)

null_link() {
	mkdir -p /tmp/null
	ln -sf /proc/sys/kernel/core_pattern /tmp/null/null
	status_got=0
	out=$(oci run -b /b/null null < /dev/null 2>&1) || status_got=$?
	core_pattern_stays
	[ $status_got != 0 ] || says 1:3 "$out"
}
story "P13, P14 (CVE-2025-31133): /dev/null is a link to core_pattern" null_link

pts_link() {
	mkdir -p /tmp/pts
	ln -sf /proc/sys/kernel/core_pattern /tmp/pts/0
	ln -sf /proc/sys/kernel/core_pattern /tmp/pts/ptmx
	refused oci create -b /b/pts --console-socket /tmp/nosuch pts
	core_pattern_stays
}
story "P15 (CVE-2025-52565): /dev/pts with links" pts_link

core() {
	status 0 oci run -b /b/core core
	core_pattern_stays
}
story "default spec: core_pattern and sysrq cannot be written" core
