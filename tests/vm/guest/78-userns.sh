# 78-userns.sh - user namespaces under the engine, on Debian's kernel 6.1: a tmpfs that has no idmapped mounts,
# and an ext4 that has.
# shellcheck shell=dash

first=1879048192
mapped() { cleat run --userns auto "$@"; }

# in_world FUNCTION: with a root on ext4, and a daemon of its own that is gone afterwards.
in_world() {
	mkdir -p /disk /tmp/userns
	mke2fs /dev/ram3 > /dev/null
	mount -t ext4 /dev/ram3 /disk
	printf '[cleat]\nroot = /disk/cleat\nstate = /tmp/userns/state\n' > /tmp/userns/cleat.ini
	set +e # else nothing in the subshell would end at what fails
	(
		set -e
		export CLEAT_CONFIG=/tmp/userns/cleat.ini
		cleat image import /rootfs bb:1
		"$1"
		[ -z "$(cleat ps -aq)" ]
	)
	world_status=$?
	for world_pid in $(pidof cleatd); do
		! tr '\0' '\n' < "/proc/$world_pid/environ" | grep -q '^CLEAT_CONFIG=' || kill "$world_pid"
	done
	unmounted() { umount /disk; }
	soon unmounted || world_status=1
	rm -rf /tmp/userns
	set -e
	return $world_status
}

userns_on_tmpfs() {
	cleat image inspect bb:1 > /dev/null 2>&1 || cleat image import /rootfs bb:1
	status 125 mapped --rm bb:1 true
	is 1 "$(echo "$out" | wc -l)" "lines of the error"
	echo "$out" | grep -q 'has no idmapped mounts'
	is "" "$(cleat ps -aq)" "containers"
}
story "--userns auto on a filesystem without idmapped mounts: one sentence" userns_on_tmpfs

userns_life() {
	mapped -d --name a bb:1 sh -c 'stat -c %u:%g / /etc/passwd; echo x >> /etc/passwd; touch /f; chown 1000:1000 /f; echo out > /dev/stdout; sleep 1000'
	soon cleat exec a test -f /f
	is "0 $first 65536" "$(awk '{ print $1, $2, $3 }' "/proc/$(field a Pid)/uid_map")" uid_map
	is "$first" "$(stat -c %u "/proc/$(field a Pid)")" "owner of the process"
	is "$((first + 1000))" "$(stat -c %u "/disk/cleat/snapshots/overlay/$(field a Snapshot)/fs/f")" "owner of a file"
	is 0 "$(cleat exec a id -u)" "id -u"
	is 1000 "$(cleat exec -u user a id -u)" "id -u of a user"
	fails cleat exec a mknod /null c 1 3
	said() { is "0:0 0:0 out" "$(cleat logs a | tr '\n' ' ' | sed 's/ $//')" "the log"; }
	soon said
	mapped -d --name b bb:1 sleep 1000
	is "$((first + 65536))" "$(awk '{ print $2 }' "/proc/$(field b Pid)/uid_map")" "uid_map of the second"
	cleat restart -t 0 a
	is "$first" "$(awk '{ print $2 }' "/proc/$(field a Pid)/uid_map")" "uid_map after a restart"
	is 1000:1000 "$(cleat exec a stat -c %u:%g /f)" "a file after a restart"
	is 64000000 "$(cleat run --rm --userns auto --memory 64000000 bb:1 cat /sys/fs/cgroup/memory.max | sed 's/^6399.*/64000000/')" memory.max
	cleat rm -f a b
}
userns_world() { in_world userns_life; }
story "--userns auto: maps, files, exec, the log, restart" userns_world

userns_layers() {
	cleat image import /layers-40.tar > /dev/null
	is "40 0:0 $first" "$(mapped --rm layers:40 sh -c 'echo $(cat /layers/last) $(stat -c %u:%g /layers/kept-2) $(sed "s/^ *0 *\([0-9]*\) .*/\1/" /proc/self/uid_map)')" "of 40 layers"
	cleat image rm layers:40 > /dev/null
	mkdir /disk/tree
	cp -a /rootfs/. /disk/tree/
	is 0:0 "$(mapped --rm --rootfs /disk/tree sh -c 'touch /new; stat -c %u:%g /new')" "a directory as it is"
	is 0 "$(stat -c %u /disk/tree/new)" "and on the host"
	is 0:0 "$(mapped --rm --rootfs /disk/tree:O sh -c 'stat -c %u:%g /new')" "under an overlay"
	is 5:6 "$(cleat run --rm --userns 70000:80000:100 -v /disk/tree:/t:idmap bb:1 sh -c 'touch /t/v; chown 5:6 /t/v; stat -c %u:%g /t/v')" "a volume"
	is 5 "$(stat -c %u /disk/tree/v)" "and on the host"
}
userns_layers_world() { in_world userns_layers; }
story "--userns auto: forty layers, directories, a volume" userns_layers_world
