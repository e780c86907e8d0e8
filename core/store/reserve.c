/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reserve.c - room for what has to be written on a full disk: that a container ended, is stopped, is gone.
 *
 * Such a write replaces pages that the file has, so all it needs is a place in the log in front of it
 * (WAL). Some of that is reserved when the file is opened, and when there is no more, the log begins
 * again at its front, once everything in it has reached the file. What is new makes the file grow, and
 * is refused before it takes that room.
 */
#include "private.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include <cleat/cleanup.h>

enum { RESERVED = 256 << 10 };

int reserve_check(struct store *store, struct cleat_error *err)
{
	struct statvfs fs;

	if (statvfs(store->path, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < RESERVED)
		return cleat_fail(err, ENOSPC,
				  "no space left for '%s' and what is to come; free some and try "
				  "again",
				  store->path);
	return 0;
}

bool reserve_rewind(struct store *store)
{
	return sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) ==
	       SQLITE_OK;
}

void reserve_make(struct store *store)
{
	_cleanup_free_ char *path = text_format("%s-wal", store->path);
	/* SQLite locks the other two files, so that closing this one drops no lock of the process. */
	_cleanup_close_ int fd = path ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	(void)reserve_rewind(store);
	/* A filesystem that cannot, or is full already: then it is as it was without. */
	if (fd >= 0)
		(void)fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, RESERVED);
}
