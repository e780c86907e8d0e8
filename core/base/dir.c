/* SPDX-License-Identifier: Apache-2.0 */
/* dir.c - directories by descriptor. */
#include "dir.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mkdir, after its parents where they are missing; what is there already is not touched. 0 or -errno. */
static int make_path(char *path, mode_t mode)
{
	char *slash = strrchr(path, '/');

	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || !slash || slash == path)
		return -errno;
	*slash = '\0';
	int r = make_path(path, mode | 0711);

	*slash = '/';
	if (r == 0 && mkdir(path, mode) < 0 && errno != EEXIST)
		r = -errno;
	return r;
}

int dir_make(const char *path, mode_t mode, struct cleat_error *err)
{
	_cleanup_free_ char *copy = NULL;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) /* the usual case */
		return fd;
	copy = strdup(path);
	int r = copy ? make_path(copy, mode) : -ENOMEM;

	if (r < 0)
		return cleat_fail(err, -r, "cannot make directory '%s': %m", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cleat_fail(err, errno, "cannot open directory '%s': %m", path);
	return fd;
}

int dir_open_beneath(int dir, const char *name, uint64_t flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	for (int i = 0; i < 128; i++) {
		long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR) /* a rename raced with us */
			return -errno;
	}
	return -EAGAIN;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

static int remove_entry(int dir, const char *name, dev_t device);

static int remove_children(int fd, dev_t device)
{
	_cleanup_(close_stream) DIR *stream = fdopendir(fd);
	int first = 0;

	if (!stream) {
		int saved = -errno;

		(void)close(fd);
		return saved;
	}
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int r = remove_entry(fd, entry->d_name, device);

		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

/* Depth is bounded by the descriptors we may open; our own trees and images stay far below. */
static int remove_entry(int dir, const char *name, dev_t device)
{
	struct stat st;
	int fd = -1;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_dev != device) {
		(void)close(fd);
		return -EBUSY; /* something is mounted there: not ours to empty */
	}
	int r = remove_children(fd, device);

	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return r < 0 ? r : -errno;
	return r;
}

int dir_remove_tree(int dir, const char *name, struct cleat_error *err)
{
	struct stat st;
	int r = 0;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : cleat_fail(err, errno, "cannot remove '%s': %m", name);
	r = remove_entry(dir, name, st.st_dev);
	if (r < 0)
		return cleat_fail(err, -r, "cannot remove '%s': %m", name);
	return 0;
}

int dir_sync(int dir)
{
	return fsync(dir) < 0 ? -errno : 0;
}
