/* SPDX-License-Identifier: Apache-2.0 */
/* file_atomic.c - temp file, fsync, rename, fsync of the directory. */
#include "file_atomic.h"

#include "dir.h"
#include "fd.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int fill(int fd, const void *data, size_t len, mode_t mode, bool durable)
{
	int r = fd_write_all(fd, data, len);

	if (r < 0)
		return r;
	/* made with 0600, from which no umask takes anything */
	if (mode != 0600 && fchmod(fd, mode) < 0)
		return -errno;
	if (durable && fsync(fd) < 0)
		return -errno;
	return 0;
}

static int open_new(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

int file_create(int dir, const char *name, const void *data, size_t len, struct cleat_error *err)
{
	_cleanup_close_ int fd = open_new(dir, name);
	int r = fd < 0 ? fd : fd_write_all(fd, data, len);

	if (r < 0 && fd >= 0)
		(void)unlinkat(dir, name, 0);
	return r < 0 ? cleat_fail(err, -r, "cannot write '%s': %m", name) : 0;
}

int file_replace(int dir, const char *name, const void *data, size_t len, mode_t mode, bool durable,
		 struct cleat_error *err)
{
	char temporary[300];
	int n = snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());

	if (n >= (int)sizeof(temporary))
		return cleat_fail(err, ENAMETOOLONG, "cannot write '%s': %m", name);
	_cleanup_close_ int fd = open_new(dir, temporary);

	/* of a process that died and whose pid is ours now */
	if (fd == -EEXIST && unlinkat(dir, temporary, 0) == 0)
		fd = open_new(dir, temporary);
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot write '%s': %m", name);
	int r = fill(fd, data, len, mode, durable);

	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, temporary, 0);
		return cleat_fail(err, -r, "cannot write '%s': %m", name);
	}
	if (durable)
		(void)dir_sync(dir); /* some filesystems cannot; the rename itself is done */
	return 0;
}
