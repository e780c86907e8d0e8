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
	if (fchmod(fd, mode) < 0)
		return -errno;
	if (durable && fsync(fd) < 0)
		return -errno;
	return 0;
}

int file_replace(int dir, const char *name, const void *data, size_t len, mode_t mode, bool durable,
		 struct cleat_error *err)
{
	char temporary[300];
	int n = snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());

	if (n >= (int)sizeof(temporary))
		return cleat_fail(err, ENAMETOOLONG, "cannot write '%s': %m", name);
	(void)unlinkat(dir, temporary, 0); /* of a process that died and whose pid is ours now */
	_cleanup_close_ int fd =
		openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot write '%s': %m", name);
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
