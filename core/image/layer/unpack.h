/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.h - a layer's archive into a directory. */
#ifndef IMAGE_LAYER_UNPACK_H
#define IMAGE_LAYER_UNPACK_H

#include <cleat/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <limits.h>

#include "image/layer/space.h"
#include "image/layer/tar.h"

struct unpack_options {
	const char *layer;   /* digest, for messages */
	const char *diff_id; /* what the plain bytes must be; NULL: anything */
	uint32_t whiteout;   /* enum cleat_whiteout */
};

/** Unpack the archive @input into the directory @root. EINVAL for what is refused; ENOSPC. */
int unpack_layer(int input, int root, const struct unpack_options *options,
		 struct cleat_error *err);

/* ---- between unpack.c, place.c, make.c, metadata.c and whiteout.c -------------------------------- */

/* A directory whose times are set when nothing is written into it any more. */
struct late_times {
	char *path;
	struct timespec times[2];
};

/* Inodes that this layer made or touched: what an opaque mark leaves alone. */
struct inodes {
	ino_t *slot;
	size_t room, n;
};

struct unpack {
	int root;
	const struct unpack_options *options;
	struct tar *tar;
	struct space space;
	int parent; /* the directory of the last entry, kept open */
	char parent_path[PATH_MAX];
	struct late_times *late;
	size_t nlate, late_room;
	struct inodes ours;
};

/* One entry, its name cleaned. */
struct place {
	struct archive_entry *entry;
	char path[PATH_MAX];
	const char *base; /* last component of path */
	int dir;          /* the directory it goes into; borrowed */
};

/* place.c: every way into the tree */
/** Open the directory of @path's last component, making what is missing. EINVAL behind a symlink. */
int place_open_parent(struct unpack *unpack, struct place *place, struct cleat_error *err);
/** Make room for the entry: what is there goes, unless both are directories. *out_replaced: was a whiteout. */
int place_clear(struct unpack *unpack, const struct place *place, bool *out_whiteout,
		struct cleat_error *err);
/** Open the directory @path, which must exist, by the rule of all paths. fd or negative errno. */
int place_open(const struct unpack *unpack, const char *path, size_t len, uint64_t flags);
int place_note(struct unpack *unpack, int dir, const char *name);
bool place_is_ours(const struct unpack *unpack, ino_t inode);
void place_forget_parent(struct unpack *unpack);
/** The archive names this directory after all. */
void place_unmark(int fd);

/* make.c: files, directories, links, devices */
int make_entry(struct unpack *unpack, struct place *place, struct cleat_error *err);

/* metadata.c: owner, attributes, mode, times, in this order */
int metadata_apply(struct unpack *unpack, const struct place *place, struct cleat_error *err);
int metadata_apply_late(struct unpack *unpack, struct cleat_error *err);

/* whiteout.c */
enum whiteout_kind { WHITEOUT_NONE, WHITEOUT_NAME, WHITEOUT_OPAQUE, WHITEOUT_SKIP, WHITEOUT_BAD };
enum whiteout_kind whiteout_kind(const char *path, const char *base);
int whiteout_apply(struct unpack *unpack, struct place *place, enum whiteout_kind kind,
		   struct cleat_error *err);
/** Let nothing of the layers below shine through directory @name. */
int whiteout_make_opaque(int dir, const char *name, struct cleat_error *err);

/** "layer X: cannot VERB 'PATH': REASON". */
int unpack_failed(const struct unpack *unpack, const char *verb, const char *path, int errnum,
		  struct cleat_error *err);

#endif
