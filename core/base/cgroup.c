/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - put one of our own processes into a cgroup, whatever hierarchies there are.
 *
 * A hierarchy that refuses is no failure while another one takes the process: a cpuset without cpus
 * takes nobody, and some are read-only inside a container.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

#include "fd.h"
#include "log.h"
#include "text.h"

static int enter(const char *mount_point, const char *path, pid_t pid, bool make)
{
	_cleanup_free_ char *dir = text_format("%s/%s", mount_point, path);
	_cleanup_free_ char *procs = text_format("%s/%s/cgroup.procs", mount_point, path);
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (!dir || !procs)
		return -ENOMEM;
	if (make && mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	_cleanup_close_ int fd = open(procs, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, text, (size_t)n);
}

/* Lines of /proc/self/mounts: "cgroup /sys/fs/cgroup/memory cgroup rw,... 0 0". */
int cgroup_enter(const char *path, pid_t pid, bool make)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[4096];
	char point[512];
	char type[64];
	int entered = 0;
	int refusal = -ENOENT;

	if (!mounts)
		return -errno;
	while (fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %511s %63s", point, type) != 2 ||
		    (!text_eq(type, "cgroup") && !text_eq(type, "cgroup2")))
			continue;
		int r = enter(point, path, pid, make);

		entered += r == 0;
		if (r < 0)
			refusal = r;
		if (r < 0 && r != -ENOENT)
			log_line(CLEAT_DEBUG, "cgroup '%s' under '%s' does not take %d: %s", path,
				 point, (int)pid, strerror(-r));
	}
	(void)fclose(mounts);
	return entered ? entered : refusal;
}
