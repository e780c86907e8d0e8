/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_op.h - one op of a snapshotter plugin, in a child of its own. */
#ifndef CORE_TASK_SNAPSHOT_OP_H
#define CORE_TASK_SNAPSHOT_OP_H

#include <cleat/snapshotter.h>

#include "store/store.h"
#include "task/fork.h"

struct plugin;
struct tasks;
struct text;

/** What the child does; @socket is what snapshot_op_start was given. Its result goes to @out. */
typedef int (*snapshot_op)(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
			   struct text *out, struct cleat_error *err);

/**
 * Run @op on the snapshot of @row (borrowed for the call). @done as in fork_start. ENOENT: the plugin
 * is not loaded.
 */
int snapshot_op_start(struct tasks *tasks, const struct store_snapshot *row, const char *does,
		      snapshot_op op, int socket, uint64_t limit_ns, fork_done done, void *arg,
		      struct cleat_error *err);
/** Open (and make) <root>/snapshots/<plugin>. fd or error; *out_path: free it, may be NULL. */
int snapshot_op_root(const struct tasks *tasks, const char *plugin, char **out_path,
		     struct cleat_error *err);

#endif
