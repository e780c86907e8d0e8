/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_remove.c - snapshots go: directory first, row last, so that a crash leaves a row to try again.
 *
 * What nobody waits for is removed in the background, one at a time.
 */
#include "task/snapshot.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "task/snapshot_op.h"
#include "task/snapshots.h"
#include "task/tasks.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_S = 600 };

struct removal {
	struct tasks *tasks;
	int64_t number, parent;
	snapshot_done done;
	void *arg;
};

struct doomed {
	char *plugin;
	int64_t number;
	struct doomed *next;
};

struct snapshots *snapshots_of(struct tasks *tasks)
{
	if (!tasks->snapshots)
		tasks->snapshots = calloc(1, sizeof(*tasks->snapshots));
	return tasks->snapshots;
}

static int run_remove(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		      struct text *out, struct cleat_error *err)
{
	(void)socket;
	(void)out;
	return use_snapshotter_remove(plugin, snap, err);
}

/* A row that comes back after a power cut is garbage without directory: the sweep takes it. */
static int forget_row(struct tasks *tasks, int64_t number, struct cleat_error *err)
{
	store_relax(tasks->env.store, true);
	int r = store_snapshot_delete(tasks->env.store, number, err);

	store_relax(tasks->env.store, false);
	return r;
}

/* The last user of a layer may have gone. */
static void look_at_parent(struct tasks *tasks, int64_t parent)
{
	struct cleat_error ignored = { 0 };

	if (parent && store_snapshot_users(tasks->env.store, parent, &ignored) == 0)
		snapshots_collect(tasks);
}

static void removed(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	_cleanup_free_ struct removal *removal = arg;
	struct tasks *tasks = removal->tasks;
	struct cleat_error why = *err;

	(void)bytes;
	(void)len;
	if (!why.errnum)
		(void)forget_row(tasks, removal->number, &why);
	removal->done(removal->arg, &why);
	if (!why.errnum)
		look_at_parent(tasks, removal->parent);
}

static void not_there(void *arg)
{
	static const struct cleat_error none;
	_cleanup_free_ struct removal *removal = arg;

	removal->done(removal->arg, &none);
}

static int start_removal(struct removal *removal, const struct store_snapshot *row,
			 struct cleat_error *err)
{
	struct tasks *tasks = removal->tasks;
	int users = store_snapshot_users(tasks->env.store, removal->number, err);

	if (users < 0)
		return users;
	if (users > 0)
		return cleat_fail(err, EBUSY, "cannot remove snapshot %lld: %d stand on it",
				  (long long)removal->number, users);
	return snapshot_op_start(tasks, row, "remove a snapshot", run_remove, -1,
				 LIMIT_S * NS_PER_S, removed, removal, err);
}

int snapshot_remove(struct tasks *tasks, int64_t number, snapshot_done done, void *arg,
		    struct cleat_error *err)
{
	struct removal *removal = calloc(1, sizeof(*removal));
	struct store_snapshot row = { 0 };
	int r = 0;

	if (!removal)
		return cleat_fail(err, ENOMEM, "cannot remove a snapshot: out of memory");
	*removal = (struct removal){ .tasks = tasks, .number = number, .done = done, .arg = arg };
	r = store_snapshot_get(tasks->env.store, number, &row, err);
	removal->parent = row.parent;
	if (r == 0)
		r = start_removal(removal, &row, err);
	else if (r == -ENOENT && (r = loop_defer(tasks->env.loop, not_there, removal)) < 0)
		(void)cleat_fail(err, -r, "cannot remove a snapshot: %m");
	store_snapshot_fini(&row);
	if (r < 0)
		free(removal);
	return r;
}

/* ---- in the background ------------------------------------------------------------------------- */

static void next_doomed(struct tasks *tasks);

static void doomed_removed(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	struct tasks *tasks = arg;
	struct snapshots *snapshots = tasks->snapshots;
	_cleanup_free_ struct doomed *doomed = snapshots->first;
	_cleanup_free_ char *plugin = doomed->plugin;
	struct store_snapshot row = { 0 };
	struct cleat_error why = *err;
	struct cleat_error ignored = { 0 };

	(void)bytes;
	(void)len;
	snapshots->first = doomed->next;
	snapshots->removing = false;
	(void)store_snapshot_get(tasks->env.store, doomed->number, &row, &ignored);
	if (!why.errnum)
		(void)forget_row(tasks, doomed->number, &why);
	if (why.errnum)
		log_line(CLEAT_WARN, "snapshot %lld of snapshotter/%s stays for now: %s",
			 (long long)doomed->number, plugin, why.text);
	else
		look_at_parent(tasks, row.parent);
	store_snapshot_fini(&row);
	next_doomed(tasks);
	if (!snapshots->removing && tasks->changed)
		tasks->changed(tasks->changed_arg);
}

static int start_doomed(struct tasks *tasks, const struct doomed *doomed, struct cleat_error *err)
{
	struct store_snapshot row = { 0 };
	int r = store_snapshot_get(tasks->env.store, doomed->number, &row, err);

	if (r == -ENOENT) { /* a directory without row */
		row.plugin = strdup(doomed->plugin);
		row.number = doomed->number;
		r = row.plugin ? 0 : cleat_fail(err, ENOMEM, "cannot remove a snapshot: %m");
	}
	row.parent = 0; /* says nothing any more, and may be gone itself */
	if (r == 0)
		r = snapshot_op_start(tasks, &row, "remove a snapshot", run_remove, -1,
				      LIMIT_S * NS_PER_S, doomed_removed, tasks, err);
	store_snapshot_fini(&row);
	return r;
}

static void next_doomed(struct tasks *tasks)
{
	struct snapshots *snapshots = tasks->snapshots;
	struct cleat_error err = { 0 };

	if (snapshots->removing || !snapshots->first)
		return;
	snapshots->removing = true;
	if (start_doomed(tasks, snapshots->first, &err) < 0)
		doomed_removed(tasks, NULL, 0, &err);
}

void snapshots_doom(struct tasks *tasks, const char *plugin, int64_t number)
{
	struct snapshots *snapshots = snapshots_of(tasks);
	struct doomed *doomed = snapshots ? calloc(1, sizeof(*doomed)) : NULL;

	if (doomed)
		*doomed = (struct doomed){ .plugin = strdup(plugin), .number = number };
	if (!doomed || !doomed->plugin) {
		free(doomed);
		return; /* the next start's sweep finds it */
	}
	if (snapshots->first) {
		struct doomed *last = snapshots->first;

		while (last->next)
			last = last->next;
		last->next = doomed;
	} else {
		snapshots->first = doomed;
	}
	next_doomed(tasks);
}

void snapshot_doom(struct tasks *tasks, int64_t number)
{
	struct store_snapshot row = { 0 };
	struct cleat_error ignored = { 0 };

	if (store_snapshot_get(tasks->env.store, number, &row, &ignored) == 0)
		snapshots_doom(tasks, row.plugin, number);
	store_snapshot_fini(&row);
}
