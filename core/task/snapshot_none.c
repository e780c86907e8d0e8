/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_none.c - until the snapshot tree is here: only --rootfs DIR works. Delete with its arrival. */
#include "task/snapshot.h"

#include <errno.h>

static int none(struct cleat_error *err)
{
	return cleat_fail(err, ENOTSUP, "this build has no snapshots; use --rootfs DIR");
}

int snapshot_unpack(struct tasks *tasks, const char *plugin, const char *digest,
		    snapshot_number_done done, void *arg, struct cleat_error *err)
{
	(void)tasks;
	(void)plugin;
	(void)digest;
	(void)done;
	(void)arg;
	return none(err);
}

int snapshot_prepare(struct tasks *tasks, int64_t number, snapshot_done done, void *arg,
		     struct cleat_error *err)
{
	(void)tasks;
	(void)number;
	(void)done;
	(void)arg;
	return none(err);
}

int snapshot_mounts(struct tasks *tasks, int64_t number, snapshot_mounts_done done, void *arg,
		    struct cleat_error *err)
{
	(void)tasks;
	(void)number;
	(void)done;
	(void)arg;
	return none(err);
}

int snapshot_remove(struct tasks *tasks, int64_t number, snapshot_done done, void *arg,
		    struct cleat_error *err)
{
	(void)tasks;
	(void)number;
	(void)done;
	(void)arg;
	return none(err);
}

int snapshot_sweep(struct tasks *tasks, struct cleat_error *err)
{
	(void)tasks;
	(void)err;
	return 0;
}
