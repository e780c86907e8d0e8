#!/usr/bin/env bats
# User namespaces under the engine: root inside is nobody's root outside, each container on ids of its own,
# and the layers of an image are shared by all of them as they are.
bats_require_minimum_version 1.5.0
load lib

FIRST=1879048192 # of what nobody else has: no key, and no user "containers" in /etc/subuid

setup_file() {
	world_make userns
	base_ini
	busybox_root "$W/busybox"
	chmod 4755 "$W/busybox/bin/busybox"
	chown 1000:50 "$W/busybox/home/user"
	cleat image import "$W/busybox" bb:1
}
teardown_file() { world_end; }

# The ini of this world: ids that do not depend on the machine. Further lines of [cleat] are arguments.
base_ini() { world_ini "userns-ids = $FIRST:1048576" "$@" > "$W/cleat.ini"; }

new_daemon() {
	local pid
	pid=$(daemon_pid) && end_process "$pid"
	"$@"
}

# with_program NAME DIR: a busybox root with a program of the host in it.
with_program() {
	local file
	busybox_root "$2"
	for file in $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
		mkdir -p "$2$(dirname "$file")"
		cp -L "$file" "$2$file"
	done
	rm "$2/bin/$1"
	cp "$(command -v "$1")" "$2/bin/$1"
}

mapped() { cleat run --userns auto "$@"; }
field() { cleat inspect "$1" | jq -r ".[0]$2"; }
first_id() { field "$1" '.HostConfig.IDMappings.UidMap[0]' | cut -d: -f2; }
upper() { echo "$W/root/snapshots/overlay/$(field "$1" .Snapshot)/fs"; }
nothing_left() {
	[ -z "$(cleat ps -aq)" ] || { echo "rows left: $(cleat ps -a)" >&2; return 1; }
	leaks || return 1
}

@test "auto: root inside is nobody outside, and what it writes is nobody's root's" {
	mapped -d --name a bb:1 sh -c 'echo made > /made; mkdir /dir; chown 1000:50 /dir; ln /bin/busybox /su; sleep 1000'
	until_true 10 cleat exec a test -d /su -o -f /su
	pid=$(field a .State.Pid)
	[ "$(awk '{print $1, $2, $3}' "/proc/$pid/uid_map")" = "0 $FIRST 65536" ]
	[ "$(awk '{print $1, $2, $3}' "/proc/$pid/gid_map")" = "0 $FIRST 65536" ]
	[ "$(awk '/^Uid:|^Gid:/ {print $2, $3, $4, $5}' "/proc/$pid/status" | sort -u)" = "$FIRST $FIRST $FIRST $FIRST" ]
	[ "$(stat -c %u:%g "/proc/$pid")" = "$FIRST:$FIRST" ]
	[ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ]
	[ "$(stat -c %u:%g "$(upper a)/made")" = "$FIRST:$FIRST" ]
	[ "$(stat -c %u:%g "$(upper a)/dir")" = "$((FIRST + 1000)):$((FIRST + 50))" ]
	[ "$(stat -c %u:%g "$(upper a)")" = "$FIRST:$FIRST" ]
	[ "$(field a .HostConfig.UsernsMode)" = auto ]
	[ "$(field a '.HostConfig.IDMappings | .UidMap[0] + " " + .GidMap[0]')" = "0:$FIRST:65536 0:$FIRST:65536" ]
	cleat rm -f a
}

@test "the image's files look as they are, and the layers stay as they were" {
	layer=$(find "$W/root/snapshots/overlay" -path '*/fs/etc/passwd' | head -1)
	run mapped --rm bb:1 sh -c 'stat -c "%u:%g %a %n" / /bin/busybox /etc/passwd /home/user; echo more >> /etc/passwd; tail -1 /etc/passwd; stat -c %u:%g /etc/passwd'
	status_is 0
	[ "$output" = "0:0 755 /
0:0 4755 /bin/busybox
0:0 644 /etc/passwd
1000:50 755 /home/user
more
0:0" ]
	[ "$(stat -c %u:%g "$layer")" = 0:0 ]
	not grep -q more "$layer"
}

@test "two containers have no id in common; what rm gives back is given again" {
	mapped -d --name one bb:1 sleep 1000
	mapped -d --name two bb:1 sleep 1000
	[ "$(first_id one)" = "$FIRST" ]
	[ "$(first_id two)" = $((FIRST + 65536)) ]
	cleat exec one sh -c 'echo one > /f; chmod 600 /f'
	cleat rm -f one
	mapped -d --name three bb:1 sleep 1000
	[ "$(first_id three)" = "$FIRST" ]
	cleat rm -f two three
	nothing_left
}

@test "a container keeps its ids: restart, stop and start, kill -9 of the daemon" {
	mapped -d --name keep bb:1 sh -c 'id -u; cat /f 2>/dev/null; stat -c %u:%g /f 2>/dev/null; echo kept > /f; chown 7:8 /f; sleep 1000'
	mapped --name gone bb:1 true
	mapped -d --name late bb:1 sleep 1000
	cleat rm gone
	until_true 10 cleat exec keep test -f /f
	ids=$(first_id late)
	cleat restart -t 0 late
	[ "$(first_id late)" = "$ids" ]
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
	[ "$(first_id late)" = "$ids" ]
	[ "$(awk '{print $2}' "/proc/$(field late .State.Pid)/uid_map")" = "$ids" ]
	cleat stop -t 0 keep
	cleat start keep
	until_true 10 sh -c 'cleat logs keep | grep -q kept'
	cleat logs keep | grep -qx 7:8
	# the ids of the one that was removed are free, those of the others are not
	mapped -d --name next bb:1 sleep 1000
	[ "$(first_id next)" = $((FIRST + 65536)) ]
	cleat rm -f keep late next
}

@test "exec: as root, as a user by name, with a terminal; and what the host sees of it" {
	mapped -d --name e bb:1 sleep 1000
	[ "$(cleat exec e id -u)" = 0 ]
	[ "$(cleat exec -u user e sh -c 'id -u; id -g; cd; pwd')" = $'1000\n1000\n/home/user' ]
	[ "$(cleat exec -u 5:6 e sh -c 'echo $(id -u):$(id -g)')" = 5:6 ]
	cleat exec -d -u user e sleep 1234
	until_true 10 sh -c "cleat top e | grep -q 'sleep 1234'"
	[ "$(stat -c %u "/proc/$(pgrep -fx 'sleep 1234' -u $((FIRST + 1000)))")" = $((FIRST + 1000)) ]
	run script -qec 'cleat exec -t e sh -c "tty; stat -c %u:%g \$(tty); echo x > /dev/tty"' /dev/null < /dev/null
	says /dev/pts/
	says 0:5
	run cleat exec --privileged e sh -c 'mknod /node c 1 3'
	[ "$status" -ne 0 ]
	run cleat exec -u 70000 e true
	[ "$status" -ne 0 ]
	says 70000
	cleat rm -f e
}

@test "a terminal, standard streams opened again by root and by a user, and the log" {
	run script -qec 'cleat run --rm -t --userns auto bb:1 sh -c "stat -c %u:%g \$(tty); echo typed > /dev/tty"' /dev/null < /dev/null
	says 0:5
	says typed
	for user in root user; do
		run mapped --rm -u $user bb:1 sh -c 'echo out > /dev/stdout; echo err > /dev/stderr'
		status_is 0
		says out
		says err
		mapped -d --name log -u $user bb:1 sh -c 'echo out > /dev/stdout; echo err > /dev/stderr'
		[ "$(cleat wait log)" = 0 ]
		[ "$(cleat logs log 2>&1 | sort)" = $'err\nout' ]
		cleat rm log
	done
	[ "$(echo in | mapped --rm -i bb:1 cat)" = in ]
}

@test "what an installer does: chown, su; what it must not: devices, mounts, keys of the host" {
	run mapped --rm bb:1 sh -c '
		touch /a && chown 1000:1000 /a && stat -c %u:%g /a
		su user -c "id -u; touch /etc/no 2>&1"
		chown 70000 /a 2>&1
		mknod /null c 1 3 2>&1
		echo x > /dev/null && head -c 3 /dev/zero | wc -c
		mount -t tmpfs none /tmp 2>&1
		echo core > /proc/sys/kernel/core_pattern'
	status_is 1
	[ "${lines[0]}" = 1000:1000 ]
	[ "${lines[1]}" = 1000 ]
	says 'touch: /etc/no: Permission denied'
	says 'chown: /a: Invalid argument'
	says 'mknod: /null: Operation not permitted'
	[ "${lines[5]}" = 3 ]
	says 'mount: permission denied'
	says "can't create /proc/sys/kernel/core_pattern"
}

@test "setuid: to root of the container, whether the image has it or the container makes it; never of the host" {
	with_program id "$W/tool"
	cp -a "$W/tool/bin/id" "$W/tool/bin/plain"
	chmod 4755 "$W/tool/bin/id"
	cleat image import "$W/tool" id:1
	mapped -d --name s id:1 sh -c 'cp /bin/plain /made; chown 0:0 /made; chmod 4755 /made; sleep 1000'
	until_true 10 cleat exec s test -u /made
	cleat exec -u 1000:1000 s /bin/id | grep -F 'uid=1000(user) gid=1000(user) euid=0(root)'
	[ "$(cleat exec -u 1000 s /made -u)" = 0 ]
	[ "$(stat -c '%a %u' "$(upper s)/made")" = "4755 $FIRST" ]
	cleat rm -f s
	cleat image rm id:1
	rm -r "$W/tool"
}

@test "-v: ids are the host's, or with idmap those of the container; --tmpfs and --device" {
	mkdir -p "$W/shared"
	chmod 777 "$W/shared"
	echo host > "$W/shared/file"
	run mapped --rm -v "$W/shared:/s" bb:1 sh -c 'stat -c %u /s/file; echo mine > /s/mine; echo no >> /s/file'
	says 65534
	says "can't create /s/file"
	[ "$(stat -c %u:%g "$W/shared/mine")" = "$FIRST:$FIRST" ]
	run mapped --rm -v "$W/shared:/s:idmap" bb:1 sh -c 'stat -c %u:%g /s/file; echo yes >> /s/file; echo new > /s/new; chown 1000:50 /s/new'
	[ "$output" = 0:0 ]
	status_is 0
	[ "$(stat -c %u:%g "$W/shared/new")" = 1000:50 ]
	[ "$(tail -1 "$W/shared/file")" = yes ]
	run mapped --rm --mount "type=bind,source=$W/shared,target=/s,readonly" bb:1 sh -c 'touch /s/x'
	says 'Read-only'
	run mapped --rm --tmpfs /t:mode=750 --device /dev/full:/dev/mine bb:1 sh -c 'stat -c "%u:%g %a" /t; touch /t/x; echo x > /dev/mine'
	says '0:0 750'
	says 'No space left'
	run cleat run --rm -v "$W/shared:/s:idmap" bb:1 true
	status_is 125
	says 'userns'
	one_line
	rm -r "$W/shared"
}

@test "--rootfs: a directory as it is, and under an overlay; both with mapped ids" {
	busybox_root "$W/tree"
	run mapped --rm --rootfs "$W/tree:O" sh -c 'stat -c %u:%g / /etc/passwd /home; echo x > /etc/passwd; touch /new; stat -c %u:%g /new'
	status_is 0
	[ "$output" = $'0:0\n0:0\n0:0\n0:0' ]
	grep -q root "$W/tree/etc/passwd"
	[ ! -e "$W/tree/new" ]
	run mapped --rm --rootfs "$W/tree" sh -c 'stat -c %u:%g / /etc/passwd; touch /new; chown 1000 /new'
	status_is 0
	[ "$output" = $'0:0\n0:0' ]
	[ "$(stat -c %u:%g "$W/tree/new")" = 1000:0 ]
	rm -rf "$W/tree"
}

@test "UID:GID:N: these ids, as often as somebody says so, but none that auto gave to one alone" {
	cleat run -d --name range --userns 300000:400000:2000 bb:1 sleep 1000
	pid=$(field range .State.Pid)
	[ "$(awk '{print $1, $2, $3}' "/proc/$pid/uid_map")" = '0 300000 2000' ]
	[ "$(awk '{print $1, $2, $3}' "/proc/$pid/gid_map")" = '0 400000 2000' ]
	[ "$(field range .HostConfig.UsernsMode)" = 300000:400000:2000 ]
	[ "$(field range '.HostConfig.IDMappings.GidMap[0]')" = 0:400000:2000 ]
	cleat exec range sh -c 'touch /f; chown 1999:1999 /f'
	[ "$(stat -c %u:%g "$(upper range)/f")" = 301999:401999 ]
	run cleat run --rm --userns 300000:400000:2000 bb:1 id -u
	[ "$output" = 0 ]
	# one id is enough for a root; the group tty has none
	run cleat run --rm --userns 300000:400000:1 bb:1 sh -c 'id -u; id -g; stat -c %u:%g /etc/passwd /home/user'
	[ "$output" = $'0\n0\n0:0\n65534:65534' ]
	mapped -d --name alone bb:1 sleep 1000
	run cleat run --rm --userns "$((FIRST + 65535)):5:5" bb:1 true
	status_is 125
	says 'alone has ids'
	one_line
	# and auto goes round what somebody named
	cleat run -d --name between --userns "5:$((FIRST + 70000)):5" bb:1 sleep 1000
	mapped -d --name round bb:1 sleep 1000
	[ "$(first_id round)" = $((FIRST + 131072)) ]
	cleat rm -f range alone between round
}

@test "host, and nothing: the host's user namespace" {
	for word in '' --userns=host; do
		# shellcheck disable=SC2086
		[ "$(cleat run --rm $word bb:1 readlink /proc/self/ns/user)" = "$(readlink /proc/self/ns/user)" ]
	done
	cleat create --name host --userns host bb:1 true
	[ "$(field host '.HostConfig | .UsernsMode + (.IDMappings | tostring)')" = 'host{"UidMap":[],"GidMap":[]}' ]
	cleat rm host
}

@test "when the ids are used up: one sentence, the remedy, nothing left" {
	new_daemon world_ini "userns-ids = 500000:200000" > "$W/cleat.ini"
	for name in a b c; do mapped -d --name $name bb:1 sleep 1000; done
	[ "$(first_id c)" = 631072 ]
	run mapped --rm bb:1 true
	status_is 125
	says 'none of the 200000 ids'
	says userns-ids
	one_line
	[ "$(cleat ps -aq | wc -l)" = 3 ]
	cleat rm -f b
	[ "$(mapped --rm bb:1 cat /proc/self/uid_map | awk '{print $2}')" = 565536 ]
	cleat rm -f a c
	new_daemon base_ini "userns-size = 1000"
	[ "$(mapped --rm bb:1 cat /proc/self/uid_map | awk '{print $2, $3}')" = "$FIRST 1000" ]
	new_daemon base_ini
	nothing_left
}

@test "the key userns: every container has one, unless it says host" {
	new_daemon base_ini "userns = auto"
	[ "$(cleat run --rm bb:1 cat /proc/self/uid_map | awk '{print $2}')" = "$FIRST" ]
	[ "$(cleat run --rm --userns host bb:1 cat /proc/self/uid_map | awk '{print $2}')" = 0 ]
	run cleat run --rm --privileged bb:1 true
	status_is 125
	says 'privileged mode is incompatible with user namespaces'
	says '--userns host'
	cleat run --rm --privileged --userns host bb:1 true
	new_daemon base_ini
}

@test "health check, restart policy, update, pause, --read-only, --init" {
	mapped -d --name h --restart always --health-cmd 'test $(id -u) = 0 && echo fine' --health-interval 200ms bb:1 sleep 1000
	until_true 10 sh -c '[ "$(cleat inspect h | jq -r ".[0].State.Health.Status")" = healthy ]'
	ids=$(first_id h)
	kill -9 "$(field h .State.Pid)"
	until_true 10 sh -c '[ "$(cleat inspect h | jq ".[0].RestartCount")" = 1 ]'
	until_true 10 cleat exec h true
	[ "$(awk '{print $2}' "/proc/$(field h .State.Pid)/uid_map")" = "$ids" ]
	cleat update --memory 64m h
	cleat pause h
	cleat unpause h
	run cleat checkpoint create h c1
	[ "$status" -ne 0 ]
	says 'a user namespace of its own'
	one_line
	cleat rm -f h
	run mapped --rm --read-only bb:1 touch /x
	says 'Read-only'
}

@test "sixty layers: all of them in order, mapped, and copied up with their owners" {
	chown 1000:50 "$W/busybox/bin/busybox"
	python3 "$TOP/tests/vm/layers.py" "$W/many.tar" "$W/busybox" many:1 60
	cleat image import "$W/many.tar"
	run mapped --rm many:1 sh -c 'cd /layers; cat last; ls | wc -l; ls -d passing-*; stat -c %u:%g kept-2 kept-59 /bin/busybox
		rm kept-3; mv kept-4 kept-0; ls | wc -l; touch /bin/busybox; chown 0 /bin/busybox; stat -c %u:%g /bin/busybox; mv /layers /other; ls /other | wc -l'
	status_is 0
	[ "$output" = $'60\n61\npassing-60\n0:0\n0:0\n1000:50\n60\n0:50\n60' ]
	cleat image rm many:1
	rm "$W/many.tar"
}

@test "a shared namespace and a user namespace of one's own exclude each other" {
	cleat run -d --name other bb:1 sleep 1000
	while IFS='|' read -r flags words; do
		# shellcheck disable=SC2086
		run cleat run --rm --userns auto $flags bb:1 true
		status_is 125
		says "$words"
		says '--userns host'
		one_line
	done <<- 'END'
		--network host|cannot share the host's network namespace when user namespaces are enabled
		--pid host|cannot share the host's PID namespace when user namespaces are enabled
		--ipc host|cannot share the host's IPC namespace when user namespaces are enabled
		--network container:other|cannot join the network namespace 'container:other'
		--pid container:other|cannot join the PID namespace
		--ipc container:other|cannot join the IPC namespace
		--network ns:/proc/self/ns/net|cannot join the network namespace
		--privileged|privileged mode is incompatible
	END
	cleat rm -f other
	# the other way round: the host's root may join anything
	mapped -d --name other bb:1 sleep 1000
	run cleat run --rm --network container:other --pid container:other --ipc container:other bb:1 readlink /proc/1/ns/net
	status_is 0
	[ "$output" = "$(readlink "/proc/$(field other .State.Pid)/ns/net")" ]
	cleat rm -f other
	[ "$(mapped --rm --uts host bb:1 hostname)" = "$(hostname)" ]
	nothing_left
}

@test "words that are none: one sentence each, nothing left" {
	while IFS='|' read -r word why; do
		run cleat run --rm "--userns=$word" bb:1 true
		status_is 125
		says "$why"
		one_line
	done <<- 'END'
		keep-id|UID:GID:N
		container:x|UID:GID:N
		Auto|UID:GID:N
		auto:size=5|UID:GID:N
		1|UID:GID:N
		1:2|UID:GID:N
		1:2:3:4|UID:GID:N
		-1:2:3|UID:GID:N
		1:2:0x10|UID:GID:N
		 1:2:3|UID:GID:N
		4294967296:1:1|UID:GID:N
		1:2:0|N is 0
		4294967290:2:6|UID and N go beyond the last id
		2:4294967290:6|GID and N go beyond the last id
	END
	nothing_left
}

@test "keys that are none" {
	for line in 'userns-ids = 5' 'userns-ids = 1:0' 'userns-ids = 4294967290:10' 'userns-size = 0' 'userns = maybe'; do
		world_ini "$line" > "$W/bad.ini"
		run cleat --config "$W/bad.ini" config check
		[ "$status" -ne 0 ]
		says "${line%% *}"
		says "$W/bad.ini:"
	done
}

@test "who cannot map ids is refused: other runtimes, shims and snapshotters, rootfs-mount = host" {
	mkdir "$W/plugins"
	cp "$CLEAT_BIN"/../lib/cleat/plugins/*.so "$CLEAT_BIN"/../lib/cleat/test-plugins/*.so "$W/plugins/"
	chmod 755 "$W/plugins" && chmod 644 "$W"/plugins/*.so
	stems=$(cd "$W/plugins" && for f in *.so; do printf '%s ' "${f%.so}"; done)
	new_daemon base_ini "plugin-dir = $W/plugins"
	printf '[plugins]\nload = %s\n[shim/runc]\nbinary = /usr/bin/containerd-shim-runc-v2\n' "$stems" >> "$W/cleat.ini"
	while IFS='|' read -r flags words; do
		# shellcheck disable=SC2086
		run cleat run --rm --userns auto $flags bb:1 true
		status_is 125
		says "$words"
		one_line
	done <<- 'END'
		--runtime runc|foreign shim 'runc'
		--runtime fake|runtime 'fake' cannot map the ids
		--snapshotter copy|snapshotter 'copy' cannot make the root filesystem
	END
	# of snapshotter/copy there is the image's layer, and not the root that was made before it was refused
	until_true 10 sh -c "[ \$(ls '$W/root/snapshots/copy' | wc -l) = 1 ]"
	new_daemon base_ini "rootfs-mount = host"
	run mapped --rm bb:1 true
	status_is 125
	says 'rootfs-mount = host'
	one_line
	new_daemon base_ini
	nothing_left
}

@test "a kernel without mount_setattr: one sentence, the version, nothing left" {
	new_daemon "$CLEAT_BIN/../tests/old-kernel" cleat run --rm --userns host bb:1 true
	run mapped --rm bb:1 true
	status_is 125
	says 'needs Linux 5.12'
	one_line
	new_daemon base_ini
	nothing_left
}

@test "many containers come and go: no id is lost" {
	for i in 1 2 3 4; do
		for k in 1 2 3 4; do mapped --rm bb:1 true & done
		wait
	done
	[ "$(mapped --rm bb:1 cat /proc/self/uid_map | awk '{print $2}')" = "$FIRST" ]
	nothing_left
}
