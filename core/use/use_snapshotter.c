/* SPDX-License-Identifier: Apache-2.0 */
/* use_snapshotter.c - have a snapshotter plugin make, describe and remove directories. */
#include "use.h"

#include "answer.h"

#include <errno.h>
#include <stdlib.h>

static const struct cleat_snapshotter_ops *table(const struct plugin *plugin)
{
	return plugin->desc.ops;
}

int use_snapshotter_prepare(const struct plugin *plugin, struct cleat_snapshot *snap,
			    struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	return answer(plugin, "prepare", table(plugin)->prepare(plugin->self, snap, err), err);
}

int use_snapshotter_mounts(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_mounts *out, struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	*out = (struct cleat_mounts){ .size = sizeof(*out) };
	int r = answer(plugin, "mounts", table(plugin)->mounts(plugin->self, snap, out, err), err);

	if (r < 0)
		return r;
	if (out->count == 0 || !out->list) {
		free(out->list);
		*out = (struct cleat_mounts){ .size = sizeof(*out) };
		return cleat_fail(err, EPROTO, "plugin %s/%s described no mount for a snapshot",
				  plugin->desc.type, plugin->desc.name);
	}
	return 0;
}

int use_snapshotter_unpack(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_unpack *out, struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	*out = (struct cleat_unpack){ .size = sizeof(*out), .dir_fd = -1 };
	if (!table(plugin)->unpack)
		return answer_missing(plugin, "unpack", err);
	int r = answer(plugin, "unpack", table(plugin)->unpack(plugin->self, snap, out, err), err);

	if (r < 0)
		return r;
	if (out->dir_fd < 0)
		return cleat_fail(err, EPROTO, "plugin %s/%s gave no directory to unpack into",
				  plugin->desc.type, plugin->desc.name);
	return answer_fd(plugin, "unpack", out->dir_fd, err);
}

int use_snapshotter_commit(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	if (!table(plugin)->commit)
		return answer_missing(plugin, "commit", err);
	return answer(plugin, "commit", table(plugin)->commit(plugin->self, snap, err), err);
}

int use_snapshotter_remove(const struct plugin *plugin, struct cleat_snapshot *snap,
			   struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	return answer(plugin, "remove", table(plugin)->remove(plugin->self, snap, err), err);
}

int use_snapshotter_usage(const struct plugin *plugin, struct cleat_snapshot *snap,
			  struct cleat_usage *out, struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	*out = (struct cleat_usage){ .size = sizeof(*out) };
	if (!table(plugin)->usage)
		return answer_missing(plugin, "usage", err);
	return answer(plugin, "usage", table(plugin)->usage(plugin->self, snap, out, err), err);
}

int use_snapshotter_check(const struct plugin *plugin, struct cleat_snapshot *snap,
			  struct cleat_error *err)
{
	snap->size = sizeof(*snap);
	if (!table(plugin)->check)
		return 0; /* it has no wishes */
	return answer(plugin, "check", table(plugin)->check(plugin->self, snap, err), err);
}
