/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_op.c - one op of a snapshotter plugin, in a child of its own. */
#include "task/snapshot_op.h"

#include "base/dir.h"
#include "base/text.h"
#include "plugin/registry.h"
#include "task/tasks.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>

/* What the child reads; everything that it needs is here before the fork. */
struct request {
	const struct plugin *plugin;
	snapshot_op op;
	int socket;
	struct cleat_snapshot snap;
};

int snapshot_op_root(const struct tasks *tasks, const char *plugin, char **out_path,
		     struct cleat_error *err)
{
	_cleanup_free_ char *path = text_format("%s/snapshots/%s", tasks->env.root, plugin);
	int fd = -1;

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot open the directory of snapshots: %m");
	fd = dir_make(path, 0700, err);
	if (fd >= 0 && out_path)
		*out_path = take_ptr(path);
	return fd;
}

/** Numbers of all ancestors of @row, nearest first; free *out. */
static int find_parents(struct store *store, const struct store_snapshot *row, uint64_t **out,
			uint32_t *out_n, struct cleat_error *err)
{
	_cleanup_free_ uint64_t *list = NULL;
	uint32_t n = 0;

	for (int64_t number = row->parent; number != 0;) {
		struct store_snapshot parent = { 0 };
		uint64_t *longer = reallocarray(list, n + 1, sizeof(*list));

		if (!longer)
			return cleat_fail(err, ENOMEM, "cannot list a snapshot's parents: %m");
		list = longer;
		list[n++] = (uint64_t)number;
		if (store_snapshot_get(store, number, &parent, err) < 0)
			return -err->errnum;
		number = parent.parent;
		store_snapshot_fini(&parent);
	}
	*out = take_ptr(list);
	*out_n = n;
	return 0;
}

static int run(void *arg, struct text *out, struct cleat_error *err)
{
	struct request *request = arg;

	return request->op(request->plugin, &request->snap, request->socket, out, err);
}

int snapshot_op_start(struct tasks *tasks, const struct store_snapshot *row, const char *does,
		      snapshot_op op, int socket, uint64_t limit_ns, fork_done done, void *arg,
		      struct cleat_error *err)
{
	struct request request = { .op = op, .socket = socket };
	_cleanup_free_ uint64_t *parents = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int root = -1;
	uint32_t nparents = 0;

	if (registry_find(tasks->env.registry, "snapshotter", row->plugin, &request.plugin, err) <
		    0 ||
	    find_parents(tasks->env.store, row, &parents, &nparents, err) < 0)
		return -err->errnum;
	root = snapshot_op_root(tasks, row->plugin, &path, err);
	if (root < 0)
		return root;
	request.snap = (struct cleat_snapshot){
		.size = sizeof(request.snap),
		.nparents = nparents,
		.root_fd = root,
		.root = path,
		.number = (uint64_t)row->number,
		.parents = parents,
		.writable = true,
		.uid = (uint32_t)row->uid,
		.gid = (uint32_t)row->gid,
		.base = row->base && *row->base ? row->base : NULL,
	};
	/* The child has its own copy from here on: all of this may go. */
	return fork_start(tasks->env.loop, does, run, &request, limit_ns, done, arg, NULL, err);
}
