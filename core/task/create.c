/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create.c - a container that does not run: its image unpacked, its row and its root filesystem.
 *
 * Row and snapshot are one transaction; the directory follows. A crash in between leaves a row
 * whose snapshot is not ready, which reconcile.c removes: nobody was told of it.
 */
#include "task/events.h"
#include "task/snapshot.h"
#include "task/snapshots.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

struct create {
	struct task *task;
	int64_t parent;
	bool made; /* there is a directory */
	task_done done;
	void *arg;
};

static void number_known(void *arg, int64_t number, const struct cleat_error *err)
{
	struct job *job = arg;
	struct create *create = job_data(job);

	create->parent = number;
	job_resume(job, err);
}

static int unpack_image(struct job *job, struct cleat_error *err)
{
	struct task *task = ((struct create *)job_data(job))->task;

	if (!*task->row.image_digest)
		return JOB_DONE;
	int r = snapshot_unpack(task->all, task->row.snapshotter, task->row.image_digest,
				number_known, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static bool wants_snapshot(const struct task *task)
{
	return *task->row.image_digest || task->config->rootfs_overlay;
}

static int add_snapshot(struct create *create, struct cleat_error *err)
{
	struct task *task = create->task;
	struct store_snapshot snapshot = { .kind = STORE_ROOT, .parent = create->parent };

	if (!wants_snapshot(task))
		return 0;
	snapshot.plugin = task->row.snapshotter;
	snapshot.base = task->config->rootfs_overlay ? task->config->rootfs : NULL;
	snapshot.created_at = task->row.created_at;
	/* What is above the layers has the host's ids: its root is the container's root. */
	snapshot.uid = task->row.userns_uid;
	snapshot.gid = task->row.userns_gid;
	int r = store_snapshot_add(task->all->env.store, &snapshot, err);

	task->row.snapshot = r < 0 ? 0 : snapshot.number;
	return r;
}

static int record(struct job *job, struct cleat_error *err)
{
	struct create *create = job_data(job);
	struct store *store = create->task->all->env.store;
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	create->task->row.phase = TASK_CREATED;
	r = add_snapshot(create, err);
	if (r == 0)
		r = store_container_add(store, &create->task->row, err);
	if (r < 0) {
		store_rollback(store);
		create->task->row.number = 0;
		return r;
	}
	return store_commit(store, err);
}

/* One sync for both: the rows reach the disk when the snapshot is marked ready. */
static int record_both(struct job *job, struct cleat_error *err)
{
	const struct task *task = ((struct create *)job_data(job))->task;

	store_relax(task->all->env.store, task->config->auto_remove || wants_snapshot(task));
	int r = record(job, err);

	store_relax(task->all->env.store, false);
	fail_point("create-recorded");
	return r;
}

static int forget(struct job *job, struct cleat_error *err)
{
	struct task *task = ((struct create *)job_data(job))->task;
	struct store *store = task->all->env.store;
	struct cleat_error ignored = { 0 };

	/* The row goes even when its directory stays: then the sweep takes the snapshot. */
	int r = store_container_delete(store, task->row.number, err);

	if (task->row.snapshot)
		(void)store_snapshot_delete(store, task->row.snapshot, &ignored);
	if (((struct create *)job_data(job))->made)
		snapshots_doom(task->all, task->row.snapshotter, task->row.snapshot);
	return r;
}

static void root_made(void *arg, const struct cleat_mounts *mounts, const struct cleat_error *err)
{
	struct task *task = ((struct create *)job_data(arg))->task;

	fail_point("create-made");
	struct cleat_error why = *err;

	if (mounts && root_mounts_fill(&task->root, mounts) < 0)
		root_mounts_fini(&task->root); /* the first start asks again */
	((struct create *)job_data(arg))->made = !why.errnum;
	if (!why.errnum)
		(void)root_mounts_check(task, &task->root, &why);
	job_resume(arg, &why);
}

static int prepare_root(struct job *job, struct cleat_error *err)
{
	struct task *task = ((struct create *)job_data(job))->task;

	if (!task->row.snapshot)
		return JOB_DONE;
	int r = snapshot_prepare(task->all, task->row.snapshot, !task->config->auto_remove,
				 root_made, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static const struct job_step steps[] = {
	{ "unpack the image", unpack_image, NULL },
	{ "record container and snapshot", record_both, forget },
	{ "make the root filesystem", prepare_root, NULL },
};
static const struct job_kind kind = { "create", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct create *create = arg;
	struct task *task = create->task;

	(void)job;
	task->creating = false;
	if (err->errnum)
		task_unlist(task);
	else
		task_event(task, "create", NULL);
	create->done(create->arg, err);
}

int task_create(struct tasks *tasks, struct store_container *row, struct task **out, task_done done,
		void *arg, struct cleat_error *err)
{
	struct create *create = calloc(1, sizeof(*create));
	struct task *task = NULL;

	if (!create)
		return cleat_fail(err, ENOMEM, "cannot make a container: out of memory");
	row->created_at = (int64_t)clock_now(CLOCK_REALTIME);
	int r = task_new(tasks, row, &task, err);

	if (r < 0) {
		free(create);
		return r;
	}
	create->task = task;
	create->done = done;
	create->arg = arg;
	task->creating = true;
	task_list(task); /* now the name is taken */
	r = job_add(&task->jobs, &kind, create, free, ended, create, err);
	if (r < 0) {
		free(create);
		task_unlist(task);
		return r;
	}
	*out = task;
	return 0;
}
