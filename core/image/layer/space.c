/* SPDX-License-Identifier: Apache-2.0 */
/*
 * space.c - stop before the disk is full.
 *
 * A gigabyte of zeros is a megabyte of gzip. How much is too much depends on the machine alone, so we
 * look at the filesystem while we write, and leave a little for everybody else.
 */
#include "image/layer/space.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

enum { LOOK_EVERY = 4 << 20, RESERVE_MAX = 64 << 20 };

int space_used(struct space *space, uint64_t bytes, struct cleat_error *err)
{
	struct statvfs fs;
	uint64_t reserve = 0;

	space->unlooked += bytes;
	if (space->unlooked < LOOK_EVERY)
		return 0;
	space->unlooked = 0;
	if (fstatvfs(space->fd, &fs) < 0)
		return cleat_fail(err, errno, "cannot look at the free space: %m");
	reserve = fs.f_blocks * fs.f_frsize / 100;
	if (reserve > RESERVE_MAX)
		reserve = RESERVE_MAX;
	if (fs.f_bavail * fs.f_frsize < reserve)
		return cleat_fail(err, ENOSPC,
				  "no space left: it needs more than the filesystem "
				  "had free");
	if (fs.f_files > 0 && fs.f_favail == 0)
		return cleat_fail(err, ENOSPC, "no space left: the filesystem has no free inode");
	return 0;
}
