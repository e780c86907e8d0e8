/* SPDX-License-Identifier: Apache-2.0 */
/*
 * implied.c - directories that an archive did not name but needed.
 *
 * A layer with "tmp/file" and no entry for "tmp" means the /tmp of the layers below. In an overlay the
 * upper directory decides how the merged one looks, so it has to be given their owner and mode.
 */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

static void close_walk(FTS **walk)
{
	if (*walk)
		(void)fts_close(*walk);
}

static bool is_marked(int fd)
{
	return fgetxattr(fd, CLEAT_XATTR_IMPLIED, NULL, 0) > 0;
}

/* Layers hold links that strangers made: none is followed. */
static int open_beneath(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/** How @path looks in the nearest layer that has it. 1; 0: none has it as a directory. */
static int look_below(const struct cleat_snapshot *snap, const char *path, struct stat *st,
		      struct cleat_error *err)
{
	for (uint32_t i = 0; i < snap->nparents; i++) {
		_cleanup_close_ int layer = overlay_open_fs(snap, snap->parents[i], err);
		_cleanup_close_ int fd = layer < 0 ? -1 : open_beneath(layer, path);

		if (layer < 0)
			return layer;
		if (fd >= 0)
			return fstat(fd, st) == 0 && S_ISDIR(st->st_mode);
	}
	return 0;
}

static int settle(const struct cleat_snapshot *snap, int fd, const char *path,
		  struct cleat_error *err)
{
	struct stat st;
	int r = look_below(snap, path, &st, err);

	if (r < 0)
		return r;
	if (r > 0) {
		const struct timespec times[2] = { st.st_atim, st.st_mtim };

		if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0 ||
		    futimens(fd, times) < 0)
			return cleat_fail(err, errno, "cannot settle directory '%s': %m", path);
	}
	return fremovexattr(fd, CLEAT_XATTR_IMPLIED) < 0
		       ? cleat_fail(err, errno, "cannot settle directory '%s': %m", path)
		       : 0;
}

static int settle_all(const struct cleat_snapshot *snap, FTS *walk, size_t top,
		      struct cleat_error *err)
{
	for (FTSENT *entry; (entry = fts_read(walk));) {
		/* After its contents, or the times would not stay. */
		if (entry->fts_info != FTS_DP || entry->fts_level == FTS_ROOTLEVEL)
			continue;
		_cleanup_close_ int fd =
			open(entry->fts_accpath, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0 && is_marked(fd) && settle(snap, fd, entry->fts_path + top, err) < 0)
			return -err->errnum;
	}
	return 0;
}

int overlay_settle_implied(const struct cleat_snapshot *snap, int fs, struct cleat_error *err)
{
	_cleanup_(close_walk) FTS *walk = NULL;
	char path[64];
	char *const roots[] = { path, NULL };

	if (!is_marked(fs)) /* nearly always */
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fs);
	walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV, NULL);
	if (!walk)
		return cleat_fail(err, errno, "cannot look through the layer: %m");
	if (settle_all(snap, walk, strlen(path) + 1, err) < 0)
		return -err->errnum;
	(void)fremovexattr(fs, CLEAT_XATTR_IMPLIED); /* was only a hint */
	return 0;
}
