/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy_up.c - tmpcopyup: a fresh tmpfs begins as a copy of the directory that it covers.
 *
 * The tmpfs is still detached, so nobody sees it half filled. The image's tree is a stranger's: each
 * step is by descriptor, no link is followed, nothing is opened but directories and plain files.
 */
#include "mounts.h"

#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <string.h>
#include <sys/sendfile.h>

enum { MAX_DEPTH = 128 };

/* What getdents64 fills in; glibc has no name for it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static int copy_below(int from, int to, int depth);

static int copy_bytes(int from, int to)
{
	ssize_t n = 0;

	do
		n = sendfile(to, from, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int copy_file(int from, int to, const char *name)
{
	_cleanup_close_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_close_ int out =
		in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return out < 0 ? -errno : copy_bytes(in, out);
}

static int copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_directory(int from, int to, const char *name, int depth)
{
	if (depth > MAX_DEPTH)
		return -ELOOP;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int in =
		openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int out =
		in < 0 ? -1 : openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return out < 0 ? -errno : copy_below(in, out, depth);
}

/* Owner before mode: changing it clears set-user-ID. An owner that is not mapped here cannot be kept. */
static int copy_attributes(int to, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EINVAL && errno != EPERM)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_one(int from, int to, const char *name, int depth)
{
	struct stat st;
	int r = 0;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		r = copy_directory(from, to, name, depth + 1);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name);
	else if (S_ISSOCK(st.st_mode)) /* nobody listens on a copy */
		return 0;
	else if (mknodat(to, name, st.st_mode, st.st_rdev) < 0)
		return errno == EPERM ? 0 : -errno; /* devices, in a user namespace */
	return r < 0 ? r : copy_attributes(to, name, &st);
}

/* All entries of @from. Its offset is moved. */
static int copy_below(int from, int to, int depth)
{
	_Alignas(8) char buffer[2048];

	for (;;) {
		long n = syscall(SYS_getdents64, from, buffer, sizeof(buffer));

		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (long at = 0; at < n;) {
			const struct entry *e = (const struct entry *)(const void *)(buffer + at);
			bool dots = strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0;
			int r = dots ? 0 : copy_one(from, to, e->name, depth);

			if (r < 0)
				return r;
			at += e->length;
		}
	}
}

int mounts_copy_up(int root, const struct plan_mount *m, int tmpfs, struct cleat_error *err)
{
	_cleanup_close_ int place = path_open(root, m->destination, O_PATH | O_DIRECTORY, 0);

	if (place == -ENOENT)
		return 0; /* nothing is covered */
	if (place < 0)
		return cleat_fail(err, -place, "tmpcopyup: %m");
	if (mounts_check_proc(m->destination, m->type, place, -1, err) < 0)
		return -err->errnum;
	_cleanup_close_ int from = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = from < 0 ? -errno : copy_below(from, tmpfs, 0);

	return r < 0 ? cleat_fail(err, -r, "tmpcopyup: %m%s",
				  r == -ENOSPC ? "; its size is too small" : "")
		     : 0;
}
