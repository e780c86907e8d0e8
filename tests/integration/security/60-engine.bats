#!/usr/bin/env bats
# Published weaknesses of daemons and shims: sockets, memory, sessions that are forgotten, labels that are obeyed
# (security.md 1.5).
load ../lib

setup_file() {
	world_make engine
	busybox_root "$W/busybox"
	(umask 0; cleat image import "$W/busybox" bb:1) # brings the daemon up
}
teardown_file() { world_end; }

shim_of() { awk '/^PPid/ {print $2}' "/proc/$(cleat inspect "$1" | jq '.[0].State.Pid')/status"; }
fds() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
rss() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
ended() { [ "$(cleat inspect "$1" | jq -r '.[0].State.Status')" = exited ]; }

@test "S1 (CVE-2014-3499): sockets are for their owner alone, whatever the umask of who starts the daemon" {
	cleat run -d --name s1 bb:1 sleep 1000
	[ "$(find "$W/state" -type s | wc -l)" -ge 1 ]
	run find "$W/state" -type s ! -perm 600 -ls
	[ -z "$output" ] || { echo "$output" >&2; false; }
	cleat rm -f s1
}

@test "H2 (CVE-2021-41103, 2021-41091): nobody else looks into state, root or logs" {
	cleat run -d --name h2 bb:1 sh -c 'echo said; sleep 1000'
	until_true 5 sh -c 'cleat logs h2 | grep -q said'
	# the two directories are the world's own; below them nothing can be entered or read
	run find "$W/state" "$W/root" -mindepth 1 -maxdepth 2 \( -type d -perm /006 -o ! -type d -perm /007 \) ! -type l -ls
	[ -z "$output" ] || { echo "$output" >&2; false; }
	cleat rm -f h2
}

@test "S2 (CVE-2020-15257): no socket without a file, where a container with the host's network could reach it" {
	cleat run -d --name s2 --network host bb:1 sleep 1000
	shim=$(shim_of s2)
	for pid in "$shim" "$(daemon_pid)"; do
		for inode in $(find "/proc/$pid/fd" -printf '%l\n' | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
			! awk -v inode="$inode" '$7 == inode && $8 ~ /^@/' /proc/net/unix | grep . || { echo "an abstract socket of $pid" >&2; return 1; }
		done
	done
	cleat rm -f s2
}

@test "S3 (CVE-2019-14891): the container's hunger does not kill its shim, and its end is on record" {
	cleat run -d --name s3 --memory 8m bb:1 sh -c 'while ! [ -e /go ]; do sleep 0.05; done; tail /dev/zero; exit 3'
	shim=$(shim_of s3)
	pid=$(cleat inspect s3 | jq '.[0].State.Pid')
	memory=$(sed -n 's/^[0-9]*:memory://p' "/proc/$pid/cgroup")
	[ -z "$memory" ] || [ "$(sed -n 's/^[0-9]*:memory://p' "/proc/$shim/cgroup")" != "$memory" ]
	cleat exec s3 touch /go
	until_true 20 ended s3
	[ "$(cleat wait s3)" -ne 0 ]
	[ "$(dmesg 2> /dev/null | grep -cF "Killed process $shim ")" = 0 ]
	cleat rm s3
}

@test "S4 (CVE-2022-1708, 2022-31030): output that nobody reads does not fill the shim" {
	cleat run -d --name s4 bb:1 sleep 1000
	shim=$(shim_of s4)
	before=$(rss "$shim")
	daemon=$(rss "$(daemon_pid)")
	mkfifo "$W/slow"
	cleat exec s4 yes > "$W/slow" 3>&- &
	client=$!
	exec 5< "$W/slow"
	head -c 1000 <&5 > /dev/null
	# until it stands still: nobody takes more
	until_true 10 sh -c '! grep -q "^State:.R" /proc/'"$client"'/status'
	[ $(($(rss "$shim") - before)) -lt 16384 ]
	[ $(($(rss "$(daemon_pid)") - daemon)) -lt 16384 ]
	exec 5<&-
	kill $client 2> /dev/null || :
	wait $client || :
	cleat rm -f s4
}

@test "S5 (CVE-2022-23471, 2025-64329): execs that fail and sessions that end leave no descriptor" {
	cleat run -d --name s5 bb:1 sleep 1000
	shim=$(shim_of s5)
	session() { cleat exec s5 /no/such > /dev/null 2>&1 || :; cleat exec s5 true; }
	session
	before=$(fds "$shim") daemon=$(fds "$(daemon_pid)")
	for _ in $(seq "$([ -n "${CLEAT_LONG:-}" ] && echo 2000 || echo 30)"); do session; done
	same() { [ "$(fds "$shim")" -le "$before" ] && [ "$(fds "$(daemon_pid)")" -le "$daemon" ]; }
	until_true 5 same
	cleat rm -f s5
}

@test "S6 (CVE-2026-53488): a label or a variable that looks like a command is a word" {
	cleat run -d --name s6 --label "log=binary:///bin/touch?x=$W/pwned" --label "io.containerd.log=binary:///bin/touch?$W/pwned" \
		-e "LOG_URI=file://$W/pwned" bb:1 sleep 1000
	[ ! -e "$W/pwned" ]
	[ "$(cleat inspect s6 | jq -r '.[0].Config.Labels.log')" = "binary:///bin/touch?x=$W/pwned" ]
	cleat rm -f s6
}

@test "parallel starts do not mix their environments (CVE-2021-21334)" {
	for n in 1 2 3 4; do
		cleat run --rm -e "WHO=$n" bb:1 sh -c 'env | grep WHO' > "$W/env.$n" 2>&1 3>&- &
		pids[n]=$!
	done
	for n in 1 2 3 4; do
		wait "${pids[n]}"
		[ "$(cat "$W/env.$n")" = "WHO=$n" ]
	done
}
