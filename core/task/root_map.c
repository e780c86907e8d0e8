/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root_map.c - the mounts of a root filesystem, told which ids of the host its files are to have.
 *
 * In containerd's words, which a runtime plugin reads: an overlay's layers, which all containers share, are
 * mapped; its upper directory is the container's own and belongs to the host's ids already, as the
 * snapshotter was told. Of another kind of snapshot nobody knows which files are whose, unless it stands on
 * nothing and so holds only the container's. A directory of the host (--rootfs DIR) is mapped as a whole.
 */
#include "task/task.h"

#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

static bool stands_on_nothing(const struct task *task)
{
	struct store_snapshot row = { 0 };
	struct cleat_error ignored = { 0 };
	bool alone = false;

	if (store_snapshot_get(task->all->env.store, task->row.snapshot, &row, &ignored) == 0)
		alone = row.parent == 0 && !*row.base;
	store_snapshot_fini(&row);
	return alone;
}

/* 1: with words; 0: as it is. */
static int needs_words(const struct task *task, const Containerd__Types__Mount *mount,
		       struct cleat_error *err)
{
	if (!task->row.snapshot || text_eq(mount->type, "overlay"))
		return 1;
	if (stands_on_nothing(task))
		return 0;
	return cleat_fail(err, ENOTSUP,
			  "snapshotter '%s' cannot make the root filesystem of a container with a "
			  "user namespace of its own, because it mounts no overlay: use --userns "
			  "host, or another snapshotter",
			  task->row.snapshotter);
}

int root_mounts_check(const struct task *task, const struct root_mounts *root,
		      struct cleat_error *err)
{
	int r = 0;

	for (size_t i = 0; task->row.userns_size && r >= 0 && i < root->n; i++)
		r = needs_words(task, root->list[i], err);
	return r < 0 ? r : 0;
}

static int add_word(Containerd__Types__Mount *mount, const char *name, int64_t id, int64_t size)
{
	char **options =
		reallocarray(mount->options, mount->n_options + 1, sizeof(*mount->options));

	if (!options)
		return -ENOMEM;
	mount->options = options;
	options[mount->n_options] =
		text_format("%s=0:%lld:%lld", name, (long long)id, (long long)size);
	return options[mount->n_options++] ? 0 : -ENOMEM;
}

int root_mounts_map(const struct task *task, struct root_mounts *root, struct cleat_error *err)
{
	const struct store_container *row = &task->row;

	for (size_t i = 0; row->userns_size && i < root->n; i++) {
		int r = needs_words(task, root->list[i], err);

		if (r < 0)
			return r;
		if (r > 0 &&
		    (add_word(root->list[i], "uidmap", row->userns_uid, row->userns_size) < 0 ||
		     add_word(root->list[i], "gidmap", row->userns_gid, row->userns_size) < 0))
			return cleat_fail(err, ENOMEM, "cannot describe the root filesystem: %m");
	}
	return 0;
}
