/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c - prepare a root filesystem and say how it is mounted. */
#include "task/snapshot.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "task/snapshot_op.h"
#include "task/snapshots.h"
#include "task/tasks.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_S = 60 };

/* A call that waits for its child. */
struct wait {
	struct tasks *tasks;
	int64_t number;
	bool lasting;
	snapshot_mounts_done mounts_done;
	void *arg;
};

static struct wait *wait_new(struct tasks *tasks, int64_t number, void *arg)
{
	struct wait *wait = calloc(1, sizeof(*wait));

	if (wait)
		*wait = (struct wait){ .tasks = tasks, .number = number, .arg = arg };
	return wait;
}

/** Start @op on row @wait->number. On failure @wait is freed. */
static int begin(struct wait *wait, const char *does, snapshot_op op, fork_done done,
		 struct cleat_error *err)
{
	struct store_snapshot row = { 0 };
	int r = 0;

	if (!wait)
		return cleat_fail(err, ENOMEM, "cannot %s: out of memory", does);
	r = store_snapshot_get(wait->tasks->env.store, wait->number, &row, err);
	if (r == 0)
		r = snapshots_refused(wait->tasks, row.plugin, err);
	if (r == 0)
		r = snapshot_op_start(wait->tasks, &row, does, op, -1, LIMIT_S * NS_PER_S, done,
				      wait, err);
	store_snapshot_fini(&row);
	if (r < 0)
		free(wait);
	return r;
}

/* ---- mounts: type, source and options as strings, an empty one after the last option ------------- */

static void put_string(struct text *out, const char *s)
{
	text_add_bytes(out, s, strlen(s) + 1);
}

static int run_mounts(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		      struct text *out, struct cleat_error *err)
{
	struct cleat_mounts mounts;

	(void)socket;
	if (use_snapshotter_mounts(plugin, snap, &mounts, err) < 0)
		return -err->errnum;
	for (uint32_t i = 0; i < mounts.count; i++) {
		const struct cleat_mount *mount = &mounts.list[i];

		put_string(out, mount->type);
		put_string(out, mount->source);
		for (size_t j = 0; mount->options && mount->options[j]; j++)
			if (*mount->options[j])
				put_string(out, mount->options[j]);
		put_string(out, "");
	}
	return 0; /* the process ends: the list need not be freed */
}

static int run_mounts_transient(const struct plugin *plugin, struct cleat_snapshot *snap,
				int socket, struct text *out, struct cleat_error *err)
{
	snap->transient = true;
	return run_mounts(plugin, snap, socket, out, err);
}

static void mounts_fini(struct cleat_mounts *mounts)
{
	for (uint32_t i = 0; i < mounts->count; i++)
		free((void *)(uintptr_t)mounts->list[i].options); /* ours, const for readers */
	free(mounts->list);
}

static const char *next_string(const char **at, const char *end)
{
	const char *s = *at;
	const char *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return s;
}

/** The options up to the empty string, as a NULL-ended array of borrowed strings. */
static const char **read_options(const char **at, const char *end)
{
	const char **list = calloc(1, sizeof(*list));
	size_t n = 0;

	for (const char *s; list && (s = next_string(at, end)) && *s;) {
		const char **longer = reallocarray(list, n + 2, sizeof(*list));

		if (!longer) {
			free(list);
			return NULL;
		}
		list = longer;
		list[n++] = s;
		list[n] = NULL;
	}
	return list;
}

static int read_mounts(const char *bytes, size_t len, struct cleat_mounts *mounts,
		       struct cleat_error *err)
{
	const char *at = bytes, *end = bytes + len;

	while (at < end) {
		struct cleat_mount *list =
			reallocarray(mounts->list, mounts->count + 1, sizeof(*list));
		struct cleat_mount *mount = NULL;

		if (!list)
			return cleat_fail(err, ENOMEM, "cannot read mounts: out of memory");
		mounts->list = list;
		mount = &list[mounts->count];
		mount->type = next_string(&at, end);
		mount->source = next_string(&at, end);
		if (!mount->type || !mount->source)
			return cleat_fail(err, EPROTO, "cannot read mounts of a snapshot: cut off");
		mount->options = read_options(&at, end);
		if (!mount->options)
			return cleat_fail(err, ENOMEM, "cannot read mounts: out of memory");
		mounts->count++;
	}
	return 0;
}

static void mounts_told(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	_cleanup_free_ struct wait *wait = arg;
	_cleanup_(mounts_fini) struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error why = *err;

	if (!why.errnum)
		(void)read_mounts(bytes, len, &mounts, &why);
	wait->mounts_done(wait->arg, why.errnum ? NULL : &mounts, &why);
}

int snapshot_mounts(struct tasks *tasks, int64_t number, bool lasting, snapshot_mounts_done done,
		    void *arg, struct cleat_error *err)
{
	struct wait *wait = wait_new(tasks, number, arg);

	if (wait)
		wait->mounts_done = done;
	return begin(wait, "describe a snapshot's mounts",
		     lasting ? run_mounts : run_mounts_transient, mounts_told, err);
}

/* ---- prepare ----------------------------------------------------------------------------------- */

/* A directory without a ready row is what a crash left between making and recording it. */
static int run_prepare(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		       struct text *out, struct cleat_error *err)
{
	struct cleat_error ignored = { 0 };
	int r = use_snapshotter_prepare(plugin, snap, err);

	if (r == -EEXIST && (r = use_snapshotter_remove(plugin, snap, err)) == 0)
		r = use_snapshotter_prepare(plugin, snap, err);
	/* Said at once for the first start. When that fails, the start asks and tells why. */
	if (r == 0)
		(void)run_mounts(plugin, snap, socket, out, &ignored);
	return r;
}

static int run_prepare_transient(const struct plugin *plugin, struct cleat_snapshot *snap,
				 int socket, struct text *out, struct cleat_error *err)
{
	snap->transient = true;
	return run_prepare(plugin, snap, socket, out, err);
}

static int mark_ready(struct store *store, int64_t number, struct cleat_error *err)
{
	struct store_snapshot row = { 0 };
	int r = store_snapshot_get(store, number, &row, err);

	row.ready = 1;
	if (r == 0)
		r = store_snapshot_save(store, &row, err);
	store_snapshot_fini(&row);
	return r;
}

static void prepared(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	_cleanup_free_ struct wait *wait = arg;
	_cleanup_(mounts_fini) struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error why = *err;
	struct cleat_error ignored = { 0 };
	store_relax(wait->tasks->env.store, !wait->lasting);
	if (!why.errnum)
		(void)mark_ready(wait->tasks->env.store, wait->number, &why);
	store_relax(wait->tasks->env.store, false);
	bool told = !why.errnum && read_mounts(bytes, len, &mounts, &ignored) == 0;

	wait->mounts_done(wait->arg, told ? &mounts : NULL, &why);
}

int snapshot_prepare(struct tasks *tasks, int64_t number, bool lasting, snapshot_mounts_done done,
		     void *arg, struct cleat_error *err)
{
	struct wait *wait = wait_new(tasks, number, arg);

	if (wait) {
		wait->mounts_done = done;
		wait->lasting = lasting;
	}
	return begin(wait, "prepare a snapshot", lasting ? run_prepare : run_prepare_transient,
		     prepared, err);
}
