/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotate.c - container.log, container.log.1, container.log.2 ...: the higher the older.
 *
 * A file is never written again once it was renamed, so a reader that follows one finishes it and
 * goes on with its successor, which it knows by name and inode.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { NAME = 64, LEFT_BEHIND = 1000 };

static void name_of(int64_t i, char out[NAME])
{
	(void)snprintf(out, NAME, i ? LOG_NAME ".%lld" : LOG_NAME, (long long)i);
}

/* A writer that was killed may have left half a record: let it end here. */
static void end_torn_record(struct file *file)
{
	char last = '\n';

	if (file->size > 0 && pread(file->fd, &last, 1, file->size - 1) == 1 && last != '\n' &&
	    write(file->fd, "\n", 1) == 1)
		file->size++;
}

int rotate_open(struct file *file)
{
	_cleanup_close_ int fd = openat(
		file->dir, LOG_NAME,
		O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	file->fd = take_fd(&fd);
	file->size = st.st_size;
	end_torn_record(file);
	return 0;
}

int rotate(struct file *file)
{
	char from[NAME];
	char to[NAME];

	for (int64_t i = file->how.max_file - 1; i > 0; i--) {
		name_of(i - 1, from);
		name_of(i, to);
		if (renameat(file->dir, from, file->dir, to) < 0 && errno != ENOENT)
			return -errno;
	}
	if (file->how.max_file == 1 && unlinkat(file->dir, LOG_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	int old = take_fd(&file->fd);

	cleat_closep(&old);
	file->size = 0;
	return rotate_open(file);
}

void rotate_trim(const struct file *file)
{
	char name[NAME];

	for (int64_t i = file->how.max_file; i < LEFT_BEHIND; i++) {
		name_of(i, name);
		if (unlinkat(file->dir, name, 0) < 0)
			return;
	}
}
