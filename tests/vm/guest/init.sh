#!/bin/sh
# init - the first process of the machine: a root that can be pivoted, the cgroups that were asked for, the stories.
if [ "$1" != again ]; then
	mount -t tmpfs -o mode=755 tmpfs /new
	for name in /*; do
		case $name in /new | /dev | /proc | /sys | /run) mkdir -p "/new$name" ;; *) cp -a "$name" /new/ ;; esac
	done
	exec switch_root /new /init again
fi
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
mount -t tracefs tracefs /sys/kernel/tracing
ip link set lo up
for module in /modules/*.ko; do insmod "$module"; done
cp -a /source/. /

layout=$(sed 's/.*layout=\([a-z0-9]*\).*/\1/' /proc/cmdline)
if [ "$layout" = v2 ]; then
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
	mount -t tmpfs cgroup /sys/fs/cgroup
	for name in cpu,cpuacct cpuset memory devices freezer blkio pids net_cls,net_prio hugetlb; do
		mkdir "/sys/fs/cgroup/$name"
		# the cloud kernel has net_cls as a module, which we do not bring
		mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" 2> /dev/null || rmdir "/sys/fs/cgroup/$name"
	done
fi
if [ "$layout" = hybrid ]; then
	mkdir /sys/fs/cgroup/unified
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
fi

# the firmware left an escape sequence on this line
echo
. /lib.sh
for file in /[0-9]*.sh; do
	# the other layouts have their daily proof on the building machine: here they get what any layout can
	[ "$layout" = v2 ] || [ "$file" = /00-any.sh ] || continue
	# shellcheck disable=SC1090
	. "$file"
done
# shellcheck disable=SC2154 # of lib.sh
echo "1..$story_number"
# -no-reboot: this ends qemu
reboot -f
