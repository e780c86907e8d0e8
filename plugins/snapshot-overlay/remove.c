/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remove.c - make a snapshot disappear: at once for everybody, then from the disk.
 *
 * A container may leave a tree deeper than any number of descriptors that we may open. So a
 * directory found below DEEP levels is not entered: it is moved up beside the tree, where it is
 * emptied in a later round.
 */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEP = 64 };

struct removal {
	int top;            /* where the tree stands and deep directories are moved to */
	const char *prefix; /* of their names there */
	unsigned moved, emptied;
	dev_t device;
};

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

static int empty_directory(struct removal *removal, int dir, const char *name, unsigned depth);

static int move_up(struct removal *removal, int dir, const char *name)
{
	char target[OVERLAY_NAME + 16];

	(void)snprintf(target, sizeof(target), "%s.%u", removal->prefix, removal->moved);
	if (renameat(dir, name, removal->top, target) < 0)
		return -errno;
	removal->moved++;
	return 0;
}

static int remove_entry(struct removal *removal, int dir, const char *name, unsigned depth)
{
	int r = 0;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	if (depth >= DEEP)
		return move_up(removal, dir, name);
	r = empty_directory(removal, dir, name, depth + 1);
	if (r < 0)
		return r;
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int empty_directory(struct removal *removal, int dir, const char *name, unsigned depth)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_stream) DIR *stream = NULL;
	struct stat st;
	int first = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_dev != removal->device)
		return -EBUSY; /* something is mounted there: not ours to empty */
	stream = fdopendir(fd);
	if (!stream)
		return -errno;
	(void)take_fd(&fd);
	for (struct dirent *entry; (entry = readdir(stream));) {
		int r = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = remove_entry(removal, dirfd(stream), entry->d_name, depth);
		if (first == 0)
			first = r;
	}
	return first;
}

int overlay_remove_tree(int dir, const char *name)
{
	struct removal removal = { .top = dir, .prefix = ".deep" };
	struct stat st;
	int r = 0;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	char prefix[OVERLAY_NAME];
	(void)snprintf(prefix, sizeof(prefix), ".deep-%" PRIu64, (uint64_t)st.st_ino);
	removal.prefix = prefix;
	removal.device = st.st_dev;
	r = remove_entry(&removal, dir, name, 0);
	while (r == 0 && removal.emptied < removal.moved) {
		char deep[OVERLAY_NAME + 16];

		(void)snprintf(deep, sizeof(deep), "%s.%u", prefix, removal.emptied++);
		r = remove_entry(&removal, dir, deep, 0);
	}
	return r;
}

int overlay_remove(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char name[OVERLAY_NAME], old[OVERLAY_NAME], half[OVERLAY_NAME];
	int r = 0;

	(void)self;
	(void)snprintf(name, sizeof(name), "%" PRIu64, snap->number);
	(void)snprintf(old, sizeof(old), ".old-%" PRIu64, snap->number);
	(void)snprintf(half, sizeof(half), ".new-%" PRIu64, snap->number);
	r = overlay_remove_tree(snap->root_fd, old); /* of a removal that was interrupted */
	if (r == 0)
		r = overlay_remove_tree(snap->root_fd, half);
	if (r == 0 && renameat(snap->root_fd, name, snap->root_fd, old) < 0)
		r = errno == ENOENT ? 0 : -errno;
	if (r == 0)
		r = overlay_remove_tree(snap->root_fd, old);
	if (r < 0)
		return cleat_fail(err, -r, "cannot remove snapshot '%s/%s': %m", snap->root, name);
	return 0;
}
