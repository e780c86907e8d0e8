/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_oom.c - a descriptor that tells when the OOM killer has been here.
 *
 * Version 1 has eventfds for that; version 2 modifies memory.events, which inotify sees. Polling
 * memory.events itself would not do for an event loop: it is always readable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"

static int watch_v1(int dir, int *out_fd)
{
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	_cleanup_close_ int control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[32];

	if (event < 0 || control < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%d %d", event, control);
	int rc = cgroup_file_write(dir, "cgroup.event_control", text);

	if (rc == 0)
		*out_fd = take_fd(&event);
	return rc;
}

static int watch_v2(int dir, int *out_fd)
{
	_cleanup_close_ int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[64];

	if (notify < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/memory.events", dir);
	if (inotify_add_watch(notify, path, IN_MODIFY) < 0)
		return -errno;
	*out_fd = take_fd(&notify);
	return 0;
}

int cgroup_oom_fd(const struct cgroup *cg, int *out_fd, struct cleat_error *err)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "memory", &version);

	if (dir < 0)
		return cleat_fail(err, ENOENT, "cannot watch for OOM: no memory cgroup");
	int rc = version == 2 ? watch_v2(dir, out_fd) : watch_v1(dir, out_fd);

	return rc < 0 ? cleat_fail(err, -rc, "cannot watch cgroup '%s' for OOM: %m", cg->path) : 0;
}
