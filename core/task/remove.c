/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remove.c - a container goes: process, shim, bundle, root filesystem, logs, checkpoints, row.
 *
 * "removing" is recorded first, so that a daemon that dies in the middle goes on with it when it
 * comes back. What cannot be removed leaves the container dead: it can be removed again.
 */
#include "task/checkpoints.h"
#include "task/events.h"
#include "task/kill.h"
#include "task/snapshot.h"

#include "base/dir.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

struct removal {
	struct task *task;
	bool force;
	int64_t snapshot;
	task_done done;
	void *arg;
};

static struct removal *removal_of(struct job *job)
{
	return job_data(job);
}

static int check(struct job *job, struct cleat_error *err)
{
	struct removal *removal = removal_of(job);
	struct task *task = removal->task;

	if (task->gone)
		return removal->force
			       ? cleat_fail(err, EALREADY, "it is gone")
			       : cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (task->row.phase == TASK_RESTARTING && removal->force)
		restart_cancel(task);
	if (task_phase_is_active((int)task->row.phase))
		return cleat_fail(
			err, EBUSY,
			"cannot remove container \"%s\": container is %s: stop the container "
			"before removing or force remove",
			task_label(task), task_phase_name((int)task->row.phase));
	return JOB_DONE;
}

static int record_wish(struct job *job, struct cleat_error *err)
{
	struct task *task = removal_of(job)->task;

	if (task->row.phase == TASK_REMOVING)
		return JOB_DONE; /* the last daemon did not finish it */
	alarms_clear(task->all->restarts->alarms, &task->gc_alarm); /* we clean up ourselves */
	int64_t before = task->row.phase;
	int r = task_move(task, TASK_REMOVING, err);

	if (r < 0)
		return r;
	r = task_save(task, err);
	fail_point("remove-recorded");
	if (r < 0)
		task->row.phase = before; /* nothing of it is gone yet */
	return r;
}

static int clean_up(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, removal_of(job)->task, err);
}

static int remove_logs(struct job *job, struct cleat_error *err)
{
	struct task *task = removal_of(job)->task;
	_cleanup_free_ char *path = text_format("logs/%s", task->row.ns);
	_cleanup_close_ int dir = -1;

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot remove logs: %m");
	dir = openat(task->all->env.root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return JOB_DONE; /* there are none */
	return dir_remove_tree(dir, task->row.id, err);
}

static int remove_checkpoints(struct job *job, struct cleat_error *err)
{
	return checkpoints_remove_all(removal_of(job)->task, err);
}

/* The row goes together with its claim on the snapshot; what is left of that is garbage. */
static int forget_row(struct job *job, struct cleat_error *err)
{
	struct removal *removal = removal_of(job);
	struct task *task = removal->task;
	struct store *store = task->all->env.store;
	struct store_snapshot snapshot = { 0 };
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	r = store_container_delete(store, task->row.number, err);
	if (r == 0 && task->row.snapshot) {
		r = store_snapshot_get(store, task->row.snapshot, &snapshot, err);
		snapshot.kind = STORE_GARBAGE;
		if (r == 0)
			r = store_snapshot_save(store, &snapshot, err);
		else if (r == -ENOENT)
			r = 0;
		store_snapshot_fini(&snapshot);
	}
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	r = store_commit(store, err);
	if (r == 0)
		removal->snapshot = task->row.snapshot;
	return r;
}

static int forget(struct job *job, struct cleat_error *err)
{
	const struct task *task = removal_of(job)->task;

	task_relax(task);
	int r = forget_row(job, err);

	store_relax(task->all->env.store, false);
	fail_point("remove-forgotten");
	return r;
}

/* A directory that will not go is the sweep's business, not the user's: the container is gone. */
static void root_removed(void *arg, const struct cleat_error *err)
{
	struct job *job = arg;

	if (err->errnum)
		log_line(CLEAT_WARN, "%.12s: its root filesystem stays for now: %s",
			 removal_of(job)->task->row.id, err->text);
	job_resume(job, NULL);
}

static int remove_root(struct job *job, struct cleat_error *err)
{
	struct removal *removal = removal_of(job);

	if (!removal->snapshot)
		return JOB_DONE;
	if (!removal->done) { /* --rm: whoever waits for the end need not wait for this */
		snapshot_doom(removal->task->all, removal->snapshot);
		return JOB_DONE;
	}
	int r = snapshot_remove(removal->task->all, removal->snapshot, root_removed, job, err);

	if (r < 0) {
		log_line(CLEAT_WARN, "%.12s: its root filesystem stays for now: %s",
			 removal->task->row.id, err->text);
		return JOB_DONE;
	}
	return JOB_WAIT;
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "record the wish", record_wish, NULL },
	{ "end process and shim", clean_up, NULL },
	{ "remove its logs", remove_logs, NULL },
	{ "remove its checkpoints", remove_checkpoints, NULL },
	{ "forget it", forget, NULL },
	{ "remove its root filesystem", remove_root, NULL },
};
static const struct job_kind kind = { "remove", steps, ARRAY_SIZE(steps) };

static void mark_dead(struct task *task, const struct cleat_error *err)
{
	struct cleat_error ignored = { 0 };

	if (task->row.phase != TASK_REMOVING || task_move(task, TASK_DEAD, &ignored) < 0)
		return;
	(void)task_set_text(&task->row.error, err->text); /* the caller is told anyway */
	if (task_save(task, &ignored) < 0)
		log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, ignored.text);
}

static bool is_stuck(const struct task *task, const struct cleat_error *err)
{
	return err->errnum == EBUSY && !task->gone && *task->stuck &&
	       task->row.phase == TASK_REMOVING;
}

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	static const struct cleat_error success = { 0 };
	struct removal *removal = arg;
	struct task *task = removal->task;
	struct cleat_error later = { 0 };

	(void)job;
	if (is_stuck(task, err)) {
		(void)cleat_fail(&later, EBUSY,
				 "cannot remove container %s yet: %s; it goes as soon as it can",
				 task_label(task), task->stuck);
		gc_enter(task, true);
		err = &later;
	} else if (err->errnum == 0) {
		task_event(task, "destroy", NULL);
		task_unlist(task);
	} else if (!task->gone) {
		mark_dead(task, err);
	}
	task_wake(task, false);
	if (removal->done)
		removal->done(removal->arg, err->errnum == EALREADY ? &success : err);
}

static int queue(struct removal *removal, struct cleat_error *err)
{
	return job_add(&removal->task->jobs, &kind, removal, free, ended, removal, err);
}

/* ---- with force: kill first, outside of the queue ---------------------------------------------------- */
static void killed(void *arg, const struct cleat_error *err)
{
	struct removal *removal = arg;
	struct task *task = removal->task;
	struct cleat_error why = *err;

	if (why.errnum == 0)
		(void)queue(removal, &why);
	if (why.errnum) {
		if (removal->done)
			removal->done(removal->arg, &why);
		free(removal);
	}
	task_unpin(task);
}

int task_remove(struct task *task, bool force, task_done done, void *arg, struct cleat_error *err)
{
	struct removal *removal = calloc(1, sizeof(*removal));

	if (!removal)
		return cleat_fail(err, ENOMEM, "cannot remove container %s: out of memory",
				  task_label(task));
	*removal = (struct removal){ .task = task, .force = force, .done = done, .arg = arg };
	bool kill = force && task_phase_is_active((int)task->row.phase);
	int r = kill ? task_stop(task, SIGKILL, 0, killed, removal, err) : queue(removal, err);

	if (r < 0)
		free(removal);
	else if (kill)
		task_pin(task);
	return r;
}
