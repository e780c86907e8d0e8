/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay.h - what the files of snapshotter/overlay share.
 *
 * On disk: root/<number>/fs holds what the layer adds, root/<number>/work is overlayfs's scratch
 * space of a writable one. A directory is built as .new-<number> and renamed when it is whole; it is
 * renamed to .old-<number> before it is emptied. So a number is either there entirely or not at all.
 */
#ifndef OVERLAY_H
#define OVERLAY_H

#include <cleat/plugin.h>
#include <cleat/snapshotter.h>

struct overlay_settings {
	const char *mount_options;
	bool index, metacopy;
};

/** The instance: everything else is on disk. */
struct overlay {
	const struct cleat_host *host;
	const struct overlay_settings *settings;
};

enum { OVERLAY_NAME = 40 };

/* prepare.c */
int overlay_prepare(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
int overlay_unpack(void *self, const struct cleat_snapshot *snap, struct cleat_unpack *out,
		   struct cleat_error *err);
int overlay_commit(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
/** Open root/<number>/fs, which must be there: ENOENT names it. fd or negative errno. */
int overlay_open_fs(const struct cleat_snapshot *snap, uint64_t number, struct cleat_error *err);

/* mounts.c */
int overlay_mounts(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
		   struct cleat_error *err);
/** Refuse options of the key mount-options that this plugin sets itself. */
int overlay_check_options(const char *options, struct cleat_error *err);

/* remove.c */
int overlay_remove(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
/** Remove the tree @name in @dir, however deep it is; never follows a link. 0 or -errno. */
int overlay_remove_tree(int dir, const char *name);

/* usage.c */
int overlay_usage(void *self, const struct cleat_snapshot *snap, struct cleat_usage *out,
		  struct cleat_error *err);

/* implied.c */
/** Make directories that no archive named look as they do below. @fs is the snapshot's own. */
int overlay_settle_implied(const struct cleat_snapshot *snap, int fs, struct cleat_error *err);

/* check.c */
int overlay_check(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);

#endif
