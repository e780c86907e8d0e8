#!/usr/bin/env bats
# Published escapes by a race: a name that the container's neighbour exchanges while the runtime resolves it
# (security.md P5, P9, P11, P16). tests/run makes 25 starts of each, CLEAT_LONG=1 2000.
load ../lib

setup() {
	oci_world race
	mkdir "$W/vol" "$W/src"
	echo "secret of the host" > "$W/src/secret"
	echo marker > "$W/src/marker"
}
teardown() {
	[ -z "$SWAP" ] || kill "$SWAP" 2> /dev/null || :
	oci_world_end
}

STARTS=${RACE_STARTS:-$([ -n "${CLEAT_LONG:-}" ] && echo 2000 || echo 25)}
SWAP=

# swapping A B: exchanged all the time from here on.
swapping() {
	python3 "$STORY_DIR/lib/swap.py" "$1" "$2" > "$W/swaps" 3>&- &
	SWAP=$!
}

# stop_swapping: how often it was must be more often than we started.
stop_swapping() {
	kill "$SWAP"
	wait "$SWAP"
	SWAP=
	[ "$(< "$W/swaps")" -gt "$STARTS" ] || { echo "only $(< "$W/swaps") exchanges" >&2; return 1; }
}

# starts CHECK: the bundle $B, again and again. A refusal is one line; what runs is checked by CHECK.
starts() {
	local n ran=0
	for n in $(seq "$STARTS"); do
		if oci run -b "$B" "$(basename "$B")" < /dev/null > "$W/out" 2> "$W/err"; then
			ran=$((ran + 1))
			"$1" || { echo "start $n: $(cat "$W/out" "$W/err")" >&2; return 1; }
		else
			[ "$(wc -l < "$W/err")" = 1 ] || { echo "start $n says: $(cat "$W/err")" >&2; return 1; }
		fi
		canaries || return 1
	done
	mounts_now > "$W/mounts.now"
	cmp "$W/mounts.before" "$W/mounts.now" || return 1
	echo "# $ran of $STARTS ran" >&3
}

saw_no_host() { ! grep -q "host seen" "$W/out"; }

@test "P9 (CVE-2021-30465): a mount target becomes a link to the root while it is mounted" {
	bundle p9 ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$W/vol\", options: [\"rbind\", \"rw\"]}] +
		[range(6) | {destination: \"/v/m/a\(.)\", type: \"bind\", source: \"$W/src\", options: [\"rbind\", \"rw\"]}]"
	mkdir -p "$W/vol/m"/a{0..5}
	ln -s / "$W/vol/other"
	edit ".process.args = [\"sh\", \"-c\", \"[ ! -e $W/CANARY ] || echo host seen; ls /v/m/ > /dev/null; exit 0\"]"
	swapping "$W/vol/m" "$W/vol/other"
	starts saw_no_host
	stop_swapping
	[ -z "$(ls "$W/vol/m/a0" "$W/vol/other/a0" 2> /dev/null | grep marker)" ]
}

@test "P9: and a link that climbs out" {
	bundle p9up ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$W/vol\", options: [\"rbind\", \"rw\"]},
		{destination: \"/v/m/new/file\", type: \"tmpfs\", source: \"tmpfs\", options: []}]"
	mkdir -p "$W/vol/m"
	ln -s "../../../../../../../../../..$W/HOSTDIR" "$W/vol/other"
	edit ".process.args = [\"sh\", \"-c\", \"[ ! -e $W/CANARY ] || echo host seen\"]"
	swapping "$W/vol/m" "$W/vol/other"
	starts saw_no_host
	stop_swapping
}

@test "P11 (CVE-2024-45310): directories that are made for a mount, and their parent becomes a link to the host" {
	bundle p11 ".mounts += [{destination: \"/vol\", type: \"bind\", source: \"$W/vol\", options: [\"rbind\", \"rw\"]},
		{destination: \"/vol/a/b/c/d/e\", type: \"bind\", source: \"$W/src/marker\", options: [\"bind\", \"ro\"]}]"
	mkdir -p "$W/vol/a/b/c"
	ln -s "$W/HOSTDIR" "$W/vol/a/b/other"
	clean() { rm -rf "$W/vol/a/b/c/d" "$W/vol/a/b/other/d" 2> /dev/null; [ -z "$(ls -A "$W/HOSTDIR")" ]; }
	swapping "$W/vol/a/b/c" "$W/vol/a/b/other"
	starts clean
	stop_swapping
}

@test "P16 (CVE-2025-52881): a mount that is led to /proc/sys while a sysctl is written" {
	host=$(cat /proc/sys/net/ipv4/ip_forward)
	bundle p16 ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$W/vol\", options: [\"rbind\", \"rw\"]},
		{destination: \"/v/m/ipv4\", type: \"tmpfs\", source: \"tmpfs\", options: []}] | .linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"}"
	mkdir -p "$W/vol/m/ipv4"
	ln -s /proc/sys/net "$W/vol/other"
	edit '.process.args = ["sh", "-c", "cat /proc/sys/net/ipv4/ip_forward; grep -c \" /proc/sys/net\" /proc/self/mountinfo; exit 0"]'
	written() { [ "$(tr '\n' ' ' < "$W/out")" = "1 0 " ] && [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$host" ]; }
	swapping "$W/vol/m" "$W/vol/other"
	starts written
	stop_swapping
}

@test "P16: a mount that is led to /proc/self/attr while a label is written" {
	bundle p16attr ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$W/vol\", options: [\"rbind\", \"rw\"]},
		{destination: \"/v/m/attr\", type: \"tmpfs\", source: \"tmpfs\", options: []}]"
	mkdir -p "$W/vol/m/attr"
	ln -s /proc/self "$W/vol/other"
	edit '.process.args = ["sh", "-c", "grep \" /proc/.*attr\" /proc/self/mountinfo && echo host seen; exit 0"]'
	swapping "$W/vol/m" "$W/vol/other"
	starts saw_no_host
	stop_swapping
}

@test "P5 (CVE-2018-15664): what tmpcopyup copies becomes a link to the host" {
	bundle p5 '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	mkdir "$B/rootfs/data"
	echo own > "$B/rootfs/data/file"
	ln -s "../../../../../../../../../..$W/src" "$B/rootfs/other"
	edit '.process.args = ["sh", "-c", "cat /data/* | grep -q secret && echo host seen; exit 0"]'
	swapping "$B/rootfs/data" "$B/rootfs/other"
	starts saw_no_host
	stop_swapping
}
