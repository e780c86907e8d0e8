#!/usr/bin/env bats
# The edges of the first issue: what a stranger tries after the examples of README.md have worked.
load lib
bats_require_minimum_version 1.5.0

setup_file() {
	world_make edges
	busybox_image bb:1
}
teardown_file() { world_end; }
teardown() {
	local ids
	ids=$(cleat ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || cleat rm -f $ids
	leaks
}

# ---- systemd's socket ------------------------------------------------------------------------------------

# activated PATH: the daemon of this world with a socket at PATH that others made. Sets $daemon.
activated() {
	pid=$(daemon_pid) && end_process "$pid"
	rm -f "$W/state/cleatd.sock"
	python3 "$STORY_DIR/lib/activate.py" "$1" cleatd --config "$CLEAT_CONFIG" > "$W/activated" 2>&1 3>&- &
	daemon=$!
}

@test "a socket of systemd's: taken over, used, and left where it is" {
	activated "$W/state/cleatd.sock"
	until_true 5 cleat --no-start ps
	run cleat --no-start run --rm bb:1 echo activated
	status_is 0
	[ "$output" = activated ]
	# The containers' processes must not have it.
	run cleat run --rm bb:1 sh -c 'echo "${LISTEN_FDS-none} ${LISTEN_PID-none}"'
	[ "$output" = 'none none' ]
	cleat run -d --name stays bb:1 sleep 100
	kill "$daemon"
	wait "$daemon"
	[ -S "$W/state/cleatd.sock" ]
	# Started again on the same path it finds its container.
	activated "$W/state/cleatd.sock"
	until_true 5 cleat --no-start ps
	[ "$(cleat --no-start exec stays echo alive)" = alive ]
	cleat rm -f stays
}

@test "a socket of systemd's that nobody would find is refused" {
	activated "$W/elsewhere.sock"
	wait "$daemon" && false
	grep -qF "$W/elsewhere.sock" "$W/activated"
	grep -qF "$W/state/cleatd.sock" "$W/activated"
	[ "$(wc -l < "$W/activated")" = 1 ]
	for other in - @tcp; do
		activated "$other"
		wait "$daemon" && false
		grep -q 'LISTEN_FDS' "$W/activated"
	done
}

# ---- exit codes ------------------------------------------------------------------------------------------

@test "126 and 127 speak of the program; what the engine does not find is 125" {
	for flag in --network=ns:/no/such/ns --ulimit=nofile=200000000 --tmpfs=/t:nosuch=1; do
		run cleat run --rm "$flag" bb:1 true
		status_is 125
		one_line
	done
	mkdir -p "$W/src"
	printf '#!/no/such/interpreter\n' > "$W/src/script"
	printf 'garbage' > "$W/src/garbage"
	chmod 755 "$W/src/script" "$W/src/garbage"
	run -127 cleat run --rm -v "$W/src:/m" bb:1 /m/script
	says /m/script
	run cleat run --rm -v "$W/src:/m" bb:1 /m/garbage
	status_is 126
	says /m/garbage
	run cleat run --rm -u 1000 -v "$W/src:/m" bb:1 /m/script/x
	says 'm/script/x'
	[ "$status" -ge 125 ]
	run cleat run --rm bb:1 sh -c 'sh -c "kill -TERM \$\$"; exit $?'
	status_is 143
}

# ---- flags -----------------------------------------------------------------------------------------------

@test "--network ns:PATH joins it; none has lo up and nothing else" {
	unshare -n sleep 100 3>&- &
	holder=$!
	until_true 5 sh -c "[ \$(readlink /proc/$holder/ns/net) != \$(readlink /proc/self/ns/net) ]"
	run cleat run --rm --network "ns:/proc/$holder/ns/net" bb:1 readlink /proc/self/ns/net
	theirs=$(readlink "/proc/$holder/ns/net")
	kill "$holder"
	[ "$output" = "$theirs" ]
	run cleat run --rm --network none bb:1 ip -o addr
	says '127.0.0.1/8'
	[ "$(cleat run --rm bb:1 ls /sys/class/net)" = lo ]
	[ "$(cleat run --rm --network host bb:1 hostname)" = "$(hostname)" ]
	[ "$(cleat run --rm --network host --hostname own bb:1 hostname)" = own ]
	run cleat run --rm --network ns:/etc/passwd bb:1 true
	status_is 125
	says "'/etc/passwd' is no network namespace"
}

@test "--init without an init is one sentence that names the key" {
	[ "$(cleat run --rm --init bb:1 cat /proc/1/comm)" != cat ]
	world_ini "init-path = $W/no-init" > "$W/no-init.ini"
	pid=$(daemon_pid) && end_process "$pid"
	run cleat --config "$W/no-init.ini" run --rm --init bb:1 true
	kept_status=$status kept=$output
	run cleat --config "$W/no-init.ini" ps -aq
	left=$output
	pid=$(CLEAT_CONFIG=$W/no-init.ini daemon_pid) && end_process "$pid"
	[ "$kept_status" = 125 ]
	[ -z "$left" ]
	output=$kept
	one_line
	says "$W/no-init"
	says init-path
}

@test "--device: the node, its name inside, its permissions; not there without it" {
	run cleat run --rm bb:1 sh -c 'ls /dev/fuse; exec 3< /dev/fuse'
	[ "$status" -ne 0 ]
	mknod "$W/zero" c 1 5
	run cleat run --rm --device "$W/zero:/dev/nought:r" bb:1 sh -c 'head -c 3 /dev/nought | od -An -tx1'
	status_is 0
	says '00 00 00'
	# A class that the default list does not allow: only with the flag, and only as it says.
	mknod "$W/kmsg" c 1 11
	run cleat run --rm --cap-add SYSLOG --device "$W/kmsg:/dev/k:r" bb:1 sh -c 'exec 3< /dev/k && echo read; (exec 4> /dev/k) 2> /dev/null || echo no write'
	says read
	says 'no write'
	run cleat run --rm --device "$W/kmsg:/dev/k:x" bb:1 true
	status_is 125
	one_line
	rm "$W/zero" "$W/kmsg"
}

@test "--cap-add ALL is the daemon's bounding set; single ones by both spellings" {
	daemon_set=$(grep CapBnd "/proc/$(daemon_pid)/status")
	run cleat run --rm --cap-add ALL bb:1 grep CapBnd /proc/self/status
	[ "$output" = "$daemon_set" ]
	run cleat run --rm --cap-drop ALL --cap-add CAP_CHOWN --cap-add net_bind_service bb:1 grep CapEff /proc/self/status
	[ "$output" = $'CapEff:\t0000000000000401' ]
}

@test "every form of --mount, and the sentence for each that is none" {
	mkdir -p "$W/src"
	echo content > "$W/src/file"
	for mount in "type=bind,src=$W/src,dst=/m" "type=bind,source=$W/src,target=/m,readonly" "dst=/m,type=bind,source=$W/src,ro=true" \
		"type=bind,source=$W/src,destination=/m,bind-propagation=rslave"; do
		run cleat run --rm --mount "$mount" bb:1 sh -c 'cat /m/file; : > /m/new && rm /m/new'
		says content
		case $mount in *,readonly | *,ro=true) says 'Read-only' ;; *) status_is 0 ;; esac
	done
	run cleat run --rm --mount "type=bind,src=$W/src/file,dst=/etc/one,ro" bb:1 cat /etc/one
	[ "$output" = content ]
	run cleat run --rm --mount type=tmpfs,dst=/m,tmpfs-size=1m,tmpfs-mode=1770 bb:1 sh -c 'stat -c %a /m; grep " /m " /proc/mounts'
	says 1770
	says size=1024k
	for mount in type=volume,dst=/m type=bind,dst=/m "type=bind,src=$W/src" type=bind,src=/no/such,dst=/m type=bind,src=rel,dst=/m \
		type=tmpfs,dst=/m,foo=bar "type=bind,src=$W/src,dst=/m,ro=maybe" type=tmpfs,dst=rel; do
		run cleat run --rm --mount "$mount" bb:1 true
		status_is 125
		one_line
	done
}

@test "--env-file, -e NAME from the caller, and which one wins" {
	printf 'ONE=file\n# a comment\nTWO=a "b" c\nFROM_CALLER\n\n' > "$W/env"
	FROM_CALLER=mine ALSO=too run cleat run --rm --env-file "$W/env" -e ONE=flag -e ALSO bb:1 env
	says ONE=flag
	says 'TWO=a "b" c'
	says FROM_CALLER=mine
	says ALSO=too
	printf 'a b=1\n' > "$W/env"
	run cleat run --rm --env-file "$W/env" bb:1 env
	status_is 125
	says "$W/env"
	one_line
	run cleat run --rm --env-file "$W/none" bb:1 env
	status_is 125
	says "$W/none"
}

@test "of two values for one key the last one counts, as for docker" {
	cleat run -d --name twice --label a=1 --label b=1 --label a=2 --annotation x=1 --annotation x=2 \
		--sysctl kernel.shm_rmid_forced=0 --sysctl kernel.shm_rmid_forced=1 --restart always \
		--restart-opt jitter-percent=1 --restart-opt jitter-percent=2 bb:1 sleep 1000
	run cleat exec twice cat /proc/sys/kernel/shm_rmid_forced
	says 1
	[ "$(cleat inspect twice | jq -c '.[0] | [.Config.Labels, .HostConfig.RestartPolicy.Options]')" = \
		'[{"b":"1","a":"2"},{"jitter-percent":"2"}]' ]
	[ -z "$(cleat ps -q --filter label=a=1)" ]
	jq -e '.annotations.x == "2"' "$W/state/default/$(cleat inspect twice | jq -r '.[0].Id')/config.json"
	cleat rm -f twice
}

@test "--cidfile: never an existing one, gone when nothing was made" {
	cleat run --rm --cidfile "$W/cid" bb:1 true
	[ "$(wc -c < "$W/cid")" = 64 ]
	run cleat run --rm --cidfile "$W/cid" bb:1 true
	status_is 125
	says "$W/cid"
	rm "$W/cid"
	run cleat run --rm --cidfile "$W/cid" no:such true
	status_is 125
	[ ! -e "$W/cid" ]
}

@test "--pull never is what happens; anything else is refused" {
	cleat run --rm --pull never bb:1 true
	run cleat run --rm --pull always bb:1 true
	status_is 125
	says 'image import'
	one_line
}

@test "--cpus: no more than there are" {
	there=$(getconf _NPROCESSORS_ONLN)
	cleat run --rm --cpus "$there" bb:1 true
	run cleat run --rm --cpus 4096 bb:1 true
	status_is 125
	says "there are only $there CPUs available"
	one_line
}

# ---- names, readers, clients that vanish -------------------------------------------------------------------

@test "eight users of one name: one wins, seven read whose it is" {
	for i in 1 2 3 4 5 6 7 8; do cleat run -d --name wanted bb:1 sleep 100 > "$W/name$i" 2>&1 3>&- & done
	wait
	[ "$(grep -l 'is already in use by container' "$W"/name? | wc -l)" = 7 ]
	[ "$(cleat ps -aq | wc -l)" = 1 ]
	cleat rm -f wanted
	cleat run --rm --name wanted bb:1 true
}

@test "input that ended long before the start arrives whole, and so does its end" {
	cleat create -i --name early bb:1 sh -c 'cat; echo end' > /dev/null
	run bash -c 'echo said | cleat start -ai early'
	status_is 0
	[ "$output" = $'said\nend' ]
	run bash -c ': | cleat run --rm -i bb:1 cat'
	status_is 0
	[ -z "$output" ]
	run cleat run --rm -i bb:1 cat < /dev/null
	status_is 0
}

@test "a reader that comes late gets everything, one that leaves harms nobody" {
	run bash -c 'cleat run --rm bb:1 sh -c "head -c 300000 /dev/zero" | { sleep 0.5; wc -c; }'
	[ "$output" -eq 300000 ]
	# The reader has gone; the program goes on and its exit status is the truth.
	cleat run -d --name writer bb:1 sh -c 'i=0; while [ $i -lt 2000 ]; do echo line; i=$((i+1)); done; exit 5' > /dev/null
	[ "$(cleat wait writer)" = 5 ]
	cleat run --name leaver bb:1 sh -c 'i=0; while [ $i -lt 300 ]; do echo line; i=$((i+1)); done; sleep 0.3; echo more; exit 6' 3>&- | head -1
	[ "$(cleat wait leaver)" = 6 ]
}

nothing_there() {
	[ -z "$(cleat ps -aq)" ] || { cleat ps -a >&2; return 1; }
	[ -z "$(find "$W/state" -type p)" ] || { find "$W/state" -type p >&2; return 1; }
	leaks
}

@test "a client that is killed in any phase of run leaves nothing that rm -f does not clear" {
	for delay in 0.001 0.002 0.003 0.004 0.006 0.008 0.010 0.014 0.020 0.030 0.060; do
		for flags in --rm -i '--rm -i' -d; do
			# shellcheck disable=SC2086
			{ timeout -s KILL $delay cleat run $flags bb:1 sleep 100 < /dev/zero > /dev/null 2>&1 3>&-; } 2> /dev/null || :
		done
	done
	# What was asked for a moment before may still come to be: ask until there is nothing.
	until_true 20 sh -c 'ids=$(cleat ps -aq); [ -z "$ids" ] || { cleat rm -f $ids > /dev/null 2>&1; false; }'
	until_true 5 nothing_there
}

@test "the disk under state fills up while a container runs: it can be used, ended and removed" {
	mkdir "$W/small" "$W/small.root"
	mount -t tmpfs -o size=2m,mode=0700 tmpfs "$W/small"
	printf '[cleat]\nroot = %s/small.root\nstate = %s/small/state\ncgroup-parent = %s\n' "$W" "$W" "$CGP" > "$W/small.ini"
	small() { CLEAT_CONFIG=$W/small.ini cleat "$@"; }
	small run -d --name before --rootfs "$W/busybox:O" sleep 100
	dd if=/dev/zero of="$W/small/fill" bs=4k status=none 2> /dev/null || :
	run small exec before echo used
	used=$output
	run small run --rm --rootfs "$W/busybox:O" true
	refused_status=$status refused=$output
	rows=$(small ps -aq | wc -l)
	small kill before
	code=$(small wait before)
	small rm -f before
	left=$(small ps -aq; ls "$W/small/state/default")
	rm "$W/small/fill"
	run small run --rm --rootfs "$W/busybox:O" echo again
	again=$output
	pid=$(CLEAT_CONFIG=$W/small.ini daemon_pid) && end_process "$pid"
	umount "$W/small"
	[ "$used" = used ]
	[ "$refused_status" = 125 ]
	[[ $refused == *'o space left'* ]]
	[ "$rows" = 1 ]
	[ "$code" = 137 ]
	[ -z "$left" ]
	[ "$again" = again ]
}
