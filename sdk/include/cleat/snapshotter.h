/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshotter.h - plugins of type "snapshotter": root filesystems made of layers.
 *
 * Loaded by the daemon. The core owns the tree of snapshots: their names, parents, kinds and who
 * uses what are in its database, and every rule (a parent is committed, what is in use stays) is
 * checked before a plugin is called. A plugin makes, describes, measures and removes directories
 * that the core numbers. It keeps nothing in memory between two calls: each op runs in a forked
 * child of its own, so it may block, and a crash hurts one operation.
 */
#ifndef CLEAT_SNAPSHOTTER_H
#define CLEAT_SNAPSHOTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/runtime.h>

/** Which snapshot, and what it stands on. Everything is borrowed for the call. */
struct cleat_snapshot {
	uint32_t size;
	uint32_t nparents;
	int root_fd;             /**< the plugin's directory, <root>/snapshots/<name>, 0700 */
	const char *root;        /**< its absolute path, for mount descriptions */
	uint64_t number;         /**< of this snapshot: its directory is root/<number> */
	const uint64_t *parents; /**< committed ones, nearest first */
	bool writable;           /**< false: a view, which is never committed */
	uint32_t uid, gid;       /**< host ids that own the root directory of a new snapshot */
	/** A directory that stands below all parents (`--rootfs DIR:O`), or NULL. */
	const char *base;
	/** It will not outlive this boot (--rm): what is written to it need not reach the disk. */
	bool transient;
};

/** A list of mounts in one block, strings included, which the host frees. */
struct cleat_mounts {
	uint32_t size, count;
	struct cleat_mount *list;
};

/** How the deletion of a lower file is written in a layer's directory. */
enum cleat_whiteout {
	CLEAT_WHITEOUT_REMOVE = 0,  /**< the directory holds the whole tree: just remove it */
	CLEAT_WHITEOUT_OVERLAY = 1, /**< char device 0:0, trusted.overlay.opaque */
};

/**
 * Marks a directory that the archive did not name but that its entries needed, and the layer's root
 * when there is any. With CLEAT_WHITEOUT_OVERLAY, commit gives such a directory the owner, mode and
 * times that it has in the layers below, and takes the marks off.
 */
#define CLEAT_XATTR_IMPLIED "trusted.cleat.implied"

/** Where a layer's archive is unpacked to. */
struct cleat_unpack {
	uint32_t size, whiteout; /**< enum cleat_whiteout */
	int dir_fd;              /**< the receiver's; the unpacker is jailed to it */
};

/** What a snapshot takes without its parents. */
struct cleat_usage {
	uint32_t size, reserved;
	uint64_t bytes, inodes;
};

/** The table. prepare, mounts and remove are mandatory; NULL for another means ENOTSUP. */
struct cleat_snapshotter_ops {
	uint32_t size, reserved;
	/** Make root/<number>. EEXIST. A directory that a crash left half made is replaced. */
	int (*prepare)(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
	/** How to mount it. ENOENT. The list comes from host->alloc, one block. */
	int (*mounts)(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
		      struct cleat_error *err);
	/** Where to unpack a layer into this prepared snapshot. */
	int (*unpack)(void *self, const struct cleat_snapshot *snap, struct cleat_unpack *out,
		      struct cleat_error *err);
	/** Freeze it: it will be a parent. All data is on disk when this returns. */
	int (*commit)(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
	/** Remove root/<number>; what is not there is success. EBUSY: try again later. */
	int (*remove)(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
	int (*usage)(void *self, const struct cleat_snapshot *snap, struct cleat_usage *out,
		     struct cleat_error *err);
	/** Can this plugin work on the filesystem under root_fd? Called once when the daemon starts. */
	int (*check)(void *self, const struct cleat_snapshot *snap, struct cleat_error *err);
};

#endif
