# witness.sh - run in a container by differential.py: prints all that a program can see there. Only busybox is there,
# and few processes are made: most of what a case takes is this program, three times.
# shellcheck shell=sh
s() { echo "## $1"; }
show() { for f; do [ -e "$f" ] && while read -r line; do echo "${f#/sys/fs/cgroup/}|$line"; done < "$f"; done; }
me=/proc/$$
s status; grep -E '^(Umask|Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Seccomp_filters|NSpid|Cpus_allowed_list|Mems_allowed_list):' $me/status 2>&1
s limits; sed -nE 's/^(Max .*[a-z])  +([0-9u][^ ]*) +([0-9u][^ ]*).*/\1|\2 \3/p' $me/limits 2>&1
s mountinfo; cat $me/mountinfo 2>&1
s env; tr '\0' '\n' < $me/environ 2>&1
s cmdline; tr '\0' ' ' < $me/cmdline 2>&1; echo
s fds; (cd $me/fd && echo *) 2>&1
s cwd; readlink $me/cwd 2>&1
s root; readlink $me/root 2>&1
s process; for f in oom_score_adj personality timens_offsets; do [ -e $me/$f ] && { echo $f; cat $me/$f; } 2>&1; done
s sched; { read -r line < $me/stat; set -- $line; shift 18; echo "nice $1"; shift 21; echo "priority $1 policy $2"; } 2>&1
s hostname; hostname 2>&1
s ns; for n in $me/ns/*; do echo "${n##*/}|$(readlink "$n")"; done
s cgroup; sed 's/[0-9]*:/of /; s/:/|/' $me/cgroup 2>&1
cd /sys/fs/cgroup 2>/dev/null && show memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes \
	memory/memory.swappiness cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.idle cpuset/cpuset.cpus cpuset/cpuset.mems \
	pids/pids.max blkio/blkio.throttle.read_bps_device blkio/blkio.throttle.write_iops_device memory.max cpu.max pids.max
[ -e devices/devices.list ] && echo "devices.list|$(sort devices/devices.list | tr '\n' ';')"
[ -e memory/memory.oom_control ] && echo "oom_control|$(head -1 memory/memory.oom_control)"
cd /
s sysctl; show /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max /proc/sys/kernel/domainname 2>&1
s dev; stat -c '%n|%F %a %u:%g %t,%T %N' /dev/* /dev/deep/* /tmp/dev 2>/dev/null
s stat; stat -c '%n|%F %a %u:%g' / /proc /dev /dev/pts /dev/shm /sys /tmp /m /m/n/o /closed /etc /etc/one /made /made/file /real/in 2>/dev/null
s contents; for f in /etc/passwd /etc/group /etc/one /proc/acpi /proc/kcore; do
	[ -d $f ] || { read -r line < $f && echo "$f: $line"; } 2>&1; done
for f in /m /tmp /link/in /proc/acpi /closed; do [ -d $f ] && (cd $f && echo $f: *) 2>&1; done
s net; ls /sys/class/net 2>&1
s writable; for f in / /tmp /m /m/below /dev /dev/shm /proc/sys/kernel/domainname /etc/one /closed /sys/fs/cgroup /sys/fs/cgroup/memory; do
	[ -e $f ] || continue
	if [ -w $f ]; then echo "$f yes"; else echo "$f no"; fi; done
s open; for f in null zero full random mine deep/er kmsg; do
	[ -e /dev/$f ] || continue
	if (: < /dev/$f) 2>/dev/null; then echo "$f opens"; else echo "$f does not open"; fi; done
s mkdir; for m in 0700 0750 0777; do mkdir -m $m /dev/shm/new$m 2>&1; echo $?; done
s last
exit 0
