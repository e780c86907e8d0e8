/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - make a snapshot's directory, say where its layer goes, freeze it. */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

int overlay_open_fs(const struct cleat_snapshot *snap, uint64_t number, struct cleat_error *err)
{
	char name[OVERLAY_NAME];
	int fd = -1;

	(void)snprintf(name, sizeof(name), "%" PRIu64 "/fs", number);
	fd = openat(snap->root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cleat_fail(err, errno, "cannot open snapshot '%s/%s': %m", snap->root, name);
	return fd;
}

/*
 * In an overlay the root directory is the upper one, so it has to look like the one below it: the
 * core's wish comes first, then the nearest parent, then the base.
 */
static int root_like(const struct cleat_snapshot *snap, struct stat *st, struct cleat_error *err)
{
	_cleanup_close_ int below = -1;

	if (snap->nparents > 0) {
		below = overlay_open_fs(snap, snap->parents[0], err);
	} else if (snap->base) {
		below = open(snap->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (below < 0)
			(void)cleat_fail(err, errno, "cannot open directory '%s': %m", snap->base);
	} else {
		st->st_mode = 0755;
		return 0;
	}
	if (below < 0)
		return -err->errnum;
	if (fstat(below, st) < 0)
		return cleat_fail(err, errno, "cannot read the owner of the layer below: %m");
	return 0;
}

static int make_root(const struct cleat_snapshot *snap, int dir, struct cleat_error *err)
{
	struct stat like = { 0 };
	bool chosen = snap->uid != 0 || snap->gid != 0;
	_cleanup_close_ int fs = -1;

	if (root_like(snap, &like, err) < 0)
		return -err->errnum;
	if (mkdirat(dir, "fs", 0755) < 0)
		return cleat_fail(err, errno, "cannot make directory 'fs': %m");
	fs = openat(dir, "fs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fs < 0)
		return cleat_fail(err, errno, "cannot open directory 'fs': %m");
	/* The mode after the owner: chown takes set-id bits away, umask took others. */
	if (fchown(fs, chosen ? snap->uid : like.st_uid, chosen ? snap->gid : like.st_gid) < 0)
		return cleat_fail(err, errno, "cannot change the owner of 'fs': %m");
	if (fchmod(fs, like.st_mode & 07777) < 0)
		return cleat_fail(err, errno, "cannot change the mode of 'fs': %m");
	return 0;
}

static int fill(const struct cleat_snapshot *snap, const char *temporary, struct cleat_error *err)
{
	_cleanup_close_ int dir = -1;

	if (mkdirat(snap->root_fd, temporary, 0700) < 0)
		return cleat_fail(err, errno, "cannot make directory '%s': %m", temporary);
	dir = openat(snap->root_fd, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return cleat_fail(err, errno, "cannot open directory '%s': %m", temporary);
	if (make_root(snap, dir, err) < 0)
		return -err->errnum;
	if (snap->writable && mkdirat(dir, "work", 0711) < 0)
		return cleat_fail(err, errno, "cannot make directory 'work': %m");
	return 0;
}

int overlay_prepare(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char name[OVERLAY_NAME], temporary[OVERLAY_NAME];
	int r = 0;

	(void)self;
	(void)snprintf(name, sizeof(name), "%" PRIu64, snap->number);
	(void)snprintf(temporary, sizeof(temporary), ".new-%" PRIu64, snap->number);
	if (faccessat(snap->root_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return cleat_fail(err, EEXIST, "cannot prepare snapshot '%s/%s': it exists already",
				  snap->root, name);
	r = overlay_remove_tree(snap->root_fd, temporary);
	if (r < 0)
		return cleat_fail(err, -r, "cannot remove '%s/%s', which a crash left: %m",
				  snap->root, temporary);
	if (fill(snap, temporary, err) == 0) {
		if (renameat(snap->root_fd, temporary, snap->root_fd, name) == 0)
			return 0;
		(void)cleat_fail(err, errno, "cannot rename '%s': %m", temporary);
	}
	(void)overlay_remove_tree(snap->root_fd, temporary); /* or the next prepare does it */
	return cleat_wrap(err, "cannot prepare snapshot '%s/%s'", snap->root, name);
}

int overlay_unpack(void *self, const struct cleat_snapshot *snap, struct cleat_unpack *out,
		   struct cleat_error *err)
{
	int fd = overlay_open_fs(snap, snap->number, err);

	(void)self;
	if (fd < 0)
		return fd;
	out->dir_fd = fd;
	/* The lowest layer hides nothing, and a bind mount of it would show the marks. */
	out->whiteout = snap->nparents > 0 ? CLEAT_WHITEOUT_OVERLAY : CLEAT_WHITEOUT_REMOVE;
	return 0;
}

int overlay_commit(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	_cleanup_close_ int fs = overlay_open_fs(snap, snap->number, err);
	char work[OVERLAY_NAME];

	(void)self;
	if (fs < 0)
		return fs;
	if (overlay_settle_implied(snap, fs, err) < 0)
		return cleat_wrap(err, "cannot commit snapshot '%s/%" PRIu64 "'", snap->root,
				  snap->number);
	(void)snprintf(work, sizeof(work), "%" PRIu64 "/work", snap->number);
	(void)overlay_remove_tree(snap->root_fd, work); /* harmless when it stays */
	if (syncfs(fs) < 0)
		return cleat_fail(err, errno, "cannot write snapshot '%s/%" PRIu64 "' to disk: %m",
				  snap->root, snap->number);
	return 0;
}
