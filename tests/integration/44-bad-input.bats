#!/usr/bin/env bats
# Bad input: one clear sentence, the right exit code, and nothing left: no row, directory, mount, cgroup, process.
load lib

setup_file() {
	world_make bad
	busybox_image bb:1
}
teardown_file() { world_end; }
teardown() { nothing_left; }

nothing_left() {
	[ -z "$(cleat ps -aq)" ] || { echo "rows left: $(cleat ps -a)" >&2; return 1; }
	leaks
}

@test "an unknown image" {
	run cleat run --rm nosuch:image true
	status_is 125
	says 'nosuch:image'
	one_line
}

@test "an empty command" {
	run cleat run --rm bb:1
	status_is 125
	says 'ommand'
	run cleat run --rm --entrypoint '' bb:1
	status_is 125
}

@test "a command that is not there: 127, and its name" {
	run cleat run --rm bb:1 no-such-program
	status_is 127
	says no-such-program
	one_line
	run cleat run --rm bb:1 /no/such/path
	status_is 127
	says /no/such/path
}

@test "a file that cannot be executed: 126" {
	run cleat run --rm bb:1 /etc/passwd
	status_is 126
	says /etc/passwd
	run cleat run --rm bb:1 /etc
	status_is 126
}

@test "a bad user" {
	for user in nobodyhere 99999999999 4294967296 -1 1:2:3 ' 1' +1 0x0 root:nogroup; do
		run cleat run --rm "--user=$user" bb:1 true
		status_is 125
	done
	run cleat run --rm -u nobodyhere bb:1 true
	says nobodyhere
}

@test "hostile names" {
	for name in '../x' 'a/b' '.' '..' '-x' "$(printf 'a%.0s' $(seq 300))" 'a b' $'a\nb' 'ä'; do
		run cleat run --rm "--name=$name" bb:1 true
		status_is 125
		run cleat rm -- "$name"
		[ "$status" -ne 0 ]
		# with -f what is not there is said, and nothing else is touched
		run cleat rm -f -- "$name"
		says 'cleat rm: '
	done
	[ ! -e "$W/x" ]
}

@test "a memory limit of 1k" {
	run cleat run --rm --memory 1k bb:1 true
	status_is 125
	says 'Minimum memory limit'
}

@test "values that are no values" {
	for flag in --memory=abc --memory=-1m --cpus=x --pids-limit=many --ulimit=nofile --ulimit=nosuch=1 --restart=sometimes \
		--restart=always:3 --network=nosuch --cap-add=NOSUCH --security-opt=nosuch --stop-signal=NOSUCH -v=rel:/x -v=/nosuch-dir/x:/x:rx \
		--mount=type=bind --device=/nosuch-device --tmpfs=rel --workdir=relative --runtime=nosuch --snapshotter=nosuch --io=nosuch; do
		run cleat run --rm "$flag" bb:1 true
		[ "$status" -eq 125 ] || { echo "$flag gave $status: $output" >&2; return 1; }
		one_line
	done
}

@test "an unknown flag and an unknown command name the nearest one" {
	run cleat run --memroy 1g bb:1 true
	status_is 125
	says 'memory'
	run cleat rnu
	status_is 1
	says 'run'
}

@test "an image tar that is cut in half" {
	tar -C "$W" -cf "$W/whole.tar" busybox
	head -c $(($(stat -c %s "$W/whole.tar") / 2)) "$W/whole.tar" > "$W/half.tar"
	before=$(find "$W/root/content" -type f | wc -l)
	run cleat image import "$W/half.tar" half:1
	status_is 1
	says half.tar
	[ "$(find "$W/root/content" -type f | wc -l)" = "$before" ]
	run cleat image ls
	says_not half
}

@test "a blob whose digest is wrong" {
	mkdir -p "$W/oci"
	skopeo --insecure-policy copy -q "docker-archive:$(docker_archive)" "oci:$W/oci/img:latest"
	blob=$(find "$W/oci/img/blobs/sha256" -type f -size +10k | head -1)
	printf 'x' | dd of="$blob" bs=1 seek=20 conv=notrunc status=none
	before=$(find "$W/root/content" -type f | wc -l)
	run cleat image import "$W/oci/img" wrong:1
	status_is 1
	says sha256
	[ "$(find "$W/root/content" -type f | wc -l)" = "$before" ]
}

docker_archive() {
	[ -s "$W/archive.tar" ] || python3 "$STORY_DIR/lib/docker_archive.py" "$W/archive.tar" "$W/busybox" tiny:1
	echo "$W/archive.tar"
}

@test "layers that try to escape" {
	for evil in dotdot absolute-link link-then-file hardlink; do
		python3 "$STORY_DIR/lib/evil_tar.py" "$evil" "$W/$evil.tar"
		cleat image import "$W/$evil.tar" "evil:$evil" && run cleat run --rm "evil:$evil" true
		[ ! -e "$W/escaped" ] && [ ! -e /tmp/cleat-escaped ] && [ ! -e "$W/root/escaped" ]
		cleat image rm "evil:$evil" 2> /dev/null || :
	done
	run cleat image import "$W/dotdot.tar" evil:dotdot
	status_is 1
	says '../'
	not grep -q cleat-escaped /etc/passwd
}

@test "an ini with an unknown key, section or value" {
	for line in 'rooot = /x' 'log-level = loud' 'root = relative'; do
		{ world_ini; printf '%s\n' "$line"; } > "$W/bad.ini"
		run cleat --config "$W/bad.ini" config check
		status_is 1
		says "$W/bad.ini:"
	done
	{ world_ini; echo 'rooot = /x'; } > "$W/bad.ini"
	run cleat --config "$W/bad.ini" config check
	says 'root'
	{ world_ini; echo '[snapshoter/overlay]'; } > "$W/bad.ini"
	run cleat --config "$W/bad.ini" config check
	status_is 1
	run cleat --config "$W/none.ini" config check
	status_is 1
	says none.ini
}

@test "plugin files that must not be loaded" {
	mkdir -p "$W/p" && chmod 755 "$W/p"
	cp "$CLEAT_BIN"/../lib/cleat/plugins/*.so "$W/p/"
	chmod 644 "$W"/p/*.so
	world_ini "plugin-dir = $W/p" > "$W/p.ini"
	chmod 666 "$W/p/restart.so"
	run cleat --config "$W/p.ini" config check
	status_is 1
	says restart.so
	says writable
	chmod 644 "$W/p/restart.so"
	head -c 1000 "$CLEAT_BIN/../lib/cleat/plugins/restart.so" > "$W/p/restart.so"
	run cleat --config "$W/p.ini" config check
	status_is 1
	says restart.so
	rm "$W/p/restart.so"
	run cleat --config "$W/p.ini" config check
	status_is 1
	says restart.so
}

@test "a full disk under root and under state" {
	skip_reason=
	mkdir -p "$W/small"
	mount -t tmpfs -o size=1m,mode=0700 tmpfs "$W/small"
	printf '[cleat]\nroot = %s/small/root\nstate = %s/small/state\ncgroup-parent = %s\n' "$W" "$W" "$CGP" > "$W/small.ini"
	dd if=/dev/zero of="$W/small/fill" bs=4k status=none 2> /dev/null || :
	run env CLEAT_CONFIG="$W/small.ini" cleat run --rm --rootfs "$W/busybox" true
	small_status=$status small_output=$output
	pid=$(CLEAT_CONFIG=$W/small.ini daemon_pid) && end_process "$pid"
	umount "$W/small"
	[ "$small_status" -ne 0 ]
	[[ $small_output == *"o space left"* ]]
}

@test "the disk under root fills up: what runs can be stopped, comes back, can be removed" {
	mkdir -p "$W/tight"
	mount -t tmpfs -o size=2m,mode=0700 tmpfs "$W/tight"
	sed "s|^root = .*|root = $W/tight|; s|^state = .*|state = $W/tight.state|" "$CLEAT_CONFIG" > "$W/tight.ini"
	printf '[restart/standard]\nprofile = docker\n' >> "$W/tight.ini"
	(
		export CLEAT_CONFIG=$W/tight.ini
		state() { cleat inspect "$1" | jq -r '.[0] | [.State.Status, .State.ExitCode, .RestartCount] | join(" ")'; }
		is_state() { [ "$(state "$1")" = "$2" ]; }
		cleat run -d --name comes --restart always --rootfs "$W/busybox" sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
		cleat run -d --name goes --rootfs "$W/busybox" sleep 1000
		cleat run -d --name waits --restart unless-stopped --restart-opt delay-initial=1h --rootfs "$W/busybox" false
		until_true 10 is_state waits "restarting 1 1"
		not dd if=/dev/zero of="$W/tight/fill" bs=4k status=none
		run cleat create --name more --label "big=$(head -c 100000 /dev/zero | tr '\0' x)" --rootfs "$W/busybox" true
		status_is 125
		says "cannot add a container: no space left for '$W/tight/cleat.db' and what is to come; free some and try again"
		for round in 1 2 3 4 5; do
			kill -TERM "$(cleat inspect comes | jq '.[0].State.Pid')"
			until_true 10 is_state comes "running 0 $round"
		done
		cleat stop -t 0 goes
		cleat stop waits
		cleat start goes
		cleat rename goes went
		kill -9 "$(cat "$W/tight.state/cleatd.lock")"
		is_state went "running 0 0"
		is_state comes "running 0 5"
		is_state waits "exited 1 1"
		cleat rm -f comes went waits
		[ -z "$(cleat ps -aq)" ]
		end_process "$(cat "$W/tight.state/cleatd.lock")"
	)
	umount "$W/tight"
}

@test "garbage, half a frame and five megabytes on the daemon's socket" {
	cleat ps > /dev/null
	python3 "$STORY_DIR/lib/garbage.py" "$W/state/cleatd.sock"
	run cleat ps
	status_is 0
}

@test "the caller's directory stays unmountable" {
	pid=$(daemon_pid) && end_process "$pid"
	mkdir -p "$W/mnt"
	mount -t tmpfs tmpfs "$W/mnt"
	(cd "$W/mnt" && cleat run -d --name stays bb:1 sleep 100)
	umount "$W/mnt"
	cleat rm -f stays
}

@test "somebody who is not root reads one sentence" {
	run env -u CLEAT_CONFIG setpriv --reuid 1000 --regid 1000 --clear-groups "$CLEAT_BIN/cleat" ps
	status_is 1
	one_line
	says root
}
