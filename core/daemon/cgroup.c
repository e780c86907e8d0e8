/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - out of the cgroup of whoever started us.
 *
 * A daemon that `cleat` started would else be killed and counted with its caller's session. Under
 * systemd the unit's cgroup is right; moving out of it would hide us from systemd.
 */
#include "daemon/daemon.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

/* Lines of /proc/self/mounts: "cgroup /sys/fs/cgroup/memory cgroup rw,... 0 0". */
static int enter(const char *mount_point)
{
	char path[512];
	char pid[32];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	(void)snprintf(path, sizeof(path), "%s/cleat.daemon", mount_point);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/cleat.daemon/cgroup.procs", mount_point);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, pid, (size_t)n);
}

void daemon_own_cgroup(void)
{
	char line[4096];
	char point[512];
	char type[64];

	if (getenv("INVOCATION_ID"))
		return; /* systemd's service */
	FILE *mounts = fopen("/proc/self/mounts", "re");

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %511s %63s", point, type) != 2 ||
		    (!text_eq(type, "cgroup") && !text_eq(type, "cgroup2")))
			continue;
		/* A cpuset without cpus takes nobody; others are read-only in a container: no harm. */
		int r = enter(point);

		if (r < 0)
			log_line(CLEAT_DEBUG, "stays in its cgroup under '%s': %s", point,
				 strerror(-r));
	}
	if (mounts)
		(void)fclose(mounts);
}
