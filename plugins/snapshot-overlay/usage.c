/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c - what a snapshot takes on disk, a file with many names counted once. */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Inode numbers of files with several names: an open-addressing set, 0 is free. */
struct seen {
	uint64_t *slot;
	size_t room, n;
};

static void seen_fini(struct seen *seen)
{
	free(seen->slot);
}

static bool place(uint64_t *slot, size_t room, uint64_t inode)
{
	size_t at = (size_t)(inode * 0x9e3779b97f4a7c15u) & (room - 1);

	for (; slot[at]; at = (at + 1) & (room - 1))
		if (slot[at] == inode)
			return false;
	slot[at] = inode;
	return true;
}

static int grow(struct seen *seen)
{
	size_t room = seen->room ? seen->room * 2 : 256;
	uint64_t *slot = calloc(room, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->slot[i])
			(void)place(slot, room, seen->slot[i]);
	free(seen->slot);
	seen->slot = slot;
	seen->room = room;
	return 0;
}

/** 1: new; 0: seen before; -ENOMEM. */
static int seen_add(struct seen *seen, uint64_t inode)
{
	if (seen->n * 2 >= seen->room && grow(seen) < 0)
		return -ENOMEM;
	if (!place(seen->slot, seen->room, inode))
		return 0;
	seen->n++;
	return 1;
}

static void close_walk(FTS **walk)
{
	if (*walk)
		(void)fts_close(*walk);
}

static int count(struct seen *seen, const FTSENT *entry, struct cleat_usage *total)
{
	const struct stat *st = entry->fts_statp;

	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		int fresh = seen_add(seen, st->st_ino);

		if (fresh <= 0)
			return fresh;
	}
	total->bytes += (uint64_t)st->st_blocks * 512;
	total->inodes++;
	return 0;
}

int overlay_usage(void *self, const struct cleat_snapshot *snap, struct cleat_usage *out,
		  struct cleat_error *err)
{
	_cleanup_close_ int fs = overlay_open_fs(snap, snap->number, err);
	char path[64];
	char *const roots[] = { path, NULL };
	_cleanup_(seen_fini) struct seen seen = { .slot = NULL };
	_cleanup_(close_walk) FTS *walk = NULL;
	struct cleat_usage total = { .size = out->size };

	(void)self;
	if (fs < 0)
		return fs;
	/* By descriptor: nobody can move the directory away under the walk. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fs);
	walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV, NULL);
	if (!walk)
		return cleat_fail(err, errno, "cannot measure snapshot %" PRIu64 ": %m",
				  snap->number);
	for (FTSENT *entry; (entry = fts_read(walk));) {
		/* What vanishes while we look belongs to a running container: it counts nothing. */
		if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS)
			continue;
		if (count(&seen, entry, &total) < 0)
			return cleat_fail(err, ENOMEM, "cannot measure snapshot %" PRIu64 ": %m",
					  snap->number);
	}
	out->bytes = total.bytes;
	out->inodes = total.inodes;
	return 0;
}
