/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - the tree of snapshots: rows in the store, directories made by a snapshotter plugin.
 *
 * Each call starts something that ends with one callback from the loop, never before the call
 * returns (a failing call does not call back). Rows say what should be there; directories follow,
 * and what a crash left in between is settled by snapshot_sweep.
 */
#ifndef CORE_TASK_SNAPSHOT_H
#define CORE_TASK_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/snapshotter.h>

struct tasks;

typedef void (*snapshot_number_done)(void *arg, int64_t number, const struct cleat_error *err);
typedef void (*snapshot_done)(void *arg, const struct cleat_error *err);
/** @mounts is borrowed; NULL with an error, or when nobody asked. */
typedef void (*snapshot_mounts_done)(void *arg, const struct cleat_mounts *mounts,
				     const struct cleat_error *err);

/**
 * Unpack what is missing of manifest @digest for snapshotter @plugin and tell the number of its
 * topmost committed snapshot. Two callers that need the same layer wait for one unpacking.
 */
int snapshot_unpack(struct tasks *tasks, const char *plugin, const char *digest,
		    snapshot_number_done done, void *arg, struct cleat_error *err);
/** Let the plugin make the directory of row @number (kind STORE_ROOT), then mark it ready.
 *  @lasting: the mark is on the disk at the callback. It may get the mounts as well, or none. */
int snapshot_prepare(struct tasks *tasks, int64_t number, bool lasting, snapshot_mounts_done done,
		     void *arg, struct cleat_error *err);
/** How row @number is mounted; @lasting: it will outlive this boot. */
int snapshot_mounts(struct tasks *tasks, int64_t number, bool lasting, snapshot_mounts_done done,
		    void *arg, struct cleat_error *err);
/** Remove directory, then row. What is not there is success. EBUSY: a container stands on it. */
int snapshot_remove(struct tasks *tasks, int64_t number, snapshot_done done, void *arg,
		    struct cleat_error *err);
/** The same in the background, when nobody waits for it. */
void snapshot_doom(struct tasks *tasks, int64_t number);
/** At daemon start, before anything else: remove rows nobody needs (half unpacked layers, garbage,
 *  roots without container) and directories without rows, in the background. */
int snapshot_sweep(struct tasks *tasks, struct cleat_error *err);
/** Images got or lost names: remove layers that nobody needs any more, in the background. */
void snapshot_images_changed(struct tasks *tasks);

#endif
