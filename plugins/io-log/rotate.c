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
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { NAME = 64, LEFT_BEHIND = 1000 };
#define SERIAL "user.cleat.log"

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

/*
 * Each file carries its serial number: a reader whose file was rotated away can tell whether the oldest
 * that is left comes next, or what it has missed. Best effort: not every filesystem keeps attributes.
 */
static uint64_t serial_of(int fd)
{
	char text[24];
	ssize_t n = fgetxattr(fd, SERIAL, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return strtoull(text, NULL, 10);
}

/* The one before the first that we make. */
static uint64_t last_serial(const struct file *file)
{
	_cleanup_close_ int fd =
		openat(file->dir, LOG_NAME ".1", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? 0 : serial_of(fd);
}

static void number(struct file *file, int fd, bool is_new)
{
	char text[24];

	uint64_t before = file->serial ? file->serial : last_serial(file);

	file->serial = serial_of(fd);
	if (file->serial || !is_new)
		return;
	file->serial = before + 1;
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)file->serial);

	(void)fsetxattr(fd, SERIAL, text, (size_t)n, 0);
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
	number(file, fd, st.st_size == 0);
	file->fd = take_fd(&fd);
	file->size = st.st_size;
	end_torn_record(file);
	return 0;
}

/* The first number that is free, or the last one: what it holds goes. */
static int64_t end_of_chain(const struct file *file)
{
	char name[NAME];

	for (int64_t i = 1; i < file->how.max_file - 1; i++) {
		name_of(i, name);
		if (faccessat(file->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return i;
	}
	return file->how.max_file - 1;
}

int rotate(struct file *file)
{
	char from[NAME];
	char to[NAME];
	int64_t last = end_of_chain(file);

	/*
	 * The oldest goes by itself: on ext4 a rename onto a file makes sure that what takes its place is on
	 * the disk, and a flood would be written there that is gone a moment later.
	 */
	name_of(last, to);
	if (last > 0 && unlinkat(file->dir, to, 0) < 0 && errno != ENOENT)
		return -errno;
	for (int64_t i = last; i > 0; i--) {
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
