/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - may the code in this file run as us?
 *
 * Only if nobody but root and ourselves could have put it there: the file, and each directory on the
 * way to it, belongs to root or to us and is not writable for group or others. A sticky directory of
 * root's (/tmp) may be writable, because in it nobody can replace the entry of another; then that
 * entry on our path must be root's or ours, which the next step of the walk checks anyway. The walk
 * goes by descriptor from "/" and follows no symbolic link that we did not resolve ourselves first.
 */
#include "open.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* What may be walked through or opened: the sentence if not. @upto: how much of @path it is. */
static int judge(int fd, const char *path, int upto, struct cleat_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot look at '%.*s': %m", upto, path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return cleat_fail(err, EPERM, "found owner %u of '%.*s', wanted root%s", st.st_uid,
				  upto, path, geteuid() ? " or ourselves" : "");
	bool shared = st.st_mode & (S_IWGRP | S_IWOTH);
	bool sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) && st.st_uid == 0;

	if (shared && !sticky)
		return cleat_fail(err, EPERM,
				  "found mode %04o of '%.*s', wanted it not writable for group and "
				  "others",
				  (unsigned)st.st_mode & 07777u, upto, path);
	return 0;
}

static int walk(const char *path, struct cleat_error *err)
{
	_cleanup_close_ int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = path + 1;

	if (dir < 0 || judge(dir, path, 1, err) < 0)
		return dir < 0 ? cleat_fail(err, errno, "cannot open '/': %m") : -err->errnum;
	for (;;) {
		char part[NAME_MAX + 1];
		size_t len = strcspn(name, "/");
		bool last = name[len] == '\0';
		int upto = (int)(name + len - path);

		memcpy(part, name, len);
		part[len] = '\0';
		int next = openat(dir, part,
				  (last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY) |
					  O_NOFOLLOW | O_CLOEXEC);

		if (next < 0)
			return cleat_fail(err, errno, "cannot open '%.*s': %m", upto, path);
		(void)close(dir);
		dir = next;
		if (judge(dir, path, upto, err) < 0)
			return -err->errnum;
		if (last)
			return take_fd(&dir);
		name += len + 1;
	}
}

int open_trusted(const char *path, struct cleat_error *err)
{
	char resolved[PATH_MAX];
	struct stat st;

	/* links are resolved first; if one changes meanwhile, the walk refuses or judges what it met */
	if (!realpath(path, resolved))
		return cleat_fail(err, errno, "cannot open '%s': %m", path);
	_cleanup_close_ int fd = walk(resolved, err);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return cleat_fail(err, EINVAL, "found no regular file at '%s', wanted one",
				  resolved);
	return take_fd(&fd);
}
