/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - let the prepared process run.
 *
 * Recorded as running before the shim is told: a daemon that dies in between finds the process
 * prepared and completes the start (reconcile.c).
 */
#include "task/checkpoints.h"
#include "task/events.h"
#include "task/health.h"
#include "task/io_hold.h"
#include "task/prepare.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

enum { RESTORE_LIMIT_S = 3600 };

static struct prepare *prepare_of(struct job *job)
{
	return job_data(job);
}

/* A stop or a removal may have come since the timer fired: then all is cleared away again. */
int start_wanted(struct job *job, struct cleat_error *err)
{
	struct prepare *p = prepare_of(job);

	if (p->how.automatic && p->task->row.generation != p->how.generation)
		return cleat_fail(err, ECANCELED, "the restart of container %s was cancelled",
				  task_label(p->task));
	return JOB_DONE;
}

int start_record(struct job *job, struct cleat_error *err)
{
	struct prepare *p = prepare_of(job);
	struct store_container *row = &p->task->row;

	p->phase_before = row->phase;
	int r = task_move(p->task, TASK_RUNNING, err);

	if (r < 0)
		return r;
	row->started_at = (int64_t)clock_now(CLOCK_REALTIME);
	row->started_boot_ns = (int64_t)clock_now(CLOCK_BOOTTIME);
	row->finished_boot_ns = row->killed_for = row->restart_boot = 0;
	row->exit_code = row->exit_signal = row->exit_core = row->exit_oom = row->oom_kills = 0;
	row->next_boot_ns = row->next_wall_ns = 0;
	row->started_before = 1;
	health_begin(p->task);
	if (!p->how.automatic)
		restart_reset(p->task);
	if (task_set_text(&row->error, "") < 0 || restart_note_start(p->task) < 0 ||
	    task_set_text(&row->boot_id, p->task->all->env.boot_id) < 0) {
		row->phase = p->phase_before;
		return cleat_fail(err, ENOMEM, "cannot start: out of memory");
	}
	fail_point("start-record");
	r = task_save(p->task, err);
	fail_point("start-recorded");
	if (r < 0)
		row->phase = p->phase_before; /* a full disk: nothing has happened yet */
	return r;
}

int start_unrecord(struct job *job, struct cleat_error *err)
{
	struct prepare *p = prepare_of(job);

	/* Never ran: as if it had not been tried, but for the error (task_start_failed). */
	p->task->row.phase = p->phase_before;
	p->task->row.pid = 0;
	return task_save(p->task, err);
}

static void started(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct job *job = arg;
	struct prepare *p = prepare_of(job);
	const Containerd__Task__V2__StartResponse *response = (const void *)reply;

	fail_point("start-started");
	if (response && response->pid)
		p->task->row.pid = response->pid;
	if (!reply)
		p->exit_code = program_exit_code(err, true);
	job_resume(job, err);
}

int start_program(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__StartRequest request = CONTAINERD__TASK__V2__START_REQUEST__INIT;
	struct task *task = prepare_of(job)->task;

	request.id = task->row.id;
	const ProtobufCMessageDescriptor *reply = &containerd__task__v2__start_response__descriptor;
	/* From a checkpoint this reads images as large as memory. */
	int r = prepare_of(job)->checkpoint
			? shim_call_limit(task->shim, "Start", &request.base, reply,
					  RESTORE_LIMIT_S * NS_PER_S, started, job, err)
			: shim_call(task->shim, "Start", &request.base, reply, started, job, err);

	return r < 0 ? r : JOB_WAIT;
}

void start_ended(void *arg, struct job *job, const struct cleat_error *err)
{
	static const struct cleat_error success = { 0 };
	struct prepare *p = arg;

	(void)job;
	io_release(p->task);
	loop_unwatchp(&p->task->forgotten_timer);
	if (err->errnum == 0) {
		p->task->prepared = false;
		task_event(p->task, "start", NULL);
	} else if (!p->how.automatic) {
		task_start_failed(p->task, p->exit_code, err);
	}
	/* docker: to start what runs is no error */
	p->done(p->arg, p->exit_code, err->errnum == EALREADY ? &success : err);
}

/* ---- of a process that was prepared before --------------------------------------------------------- */
static int check(struct job *job, struct cleat_error *err)
{
	struct task *task = prepare_of(job)->task;

	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (task->row.phase == TASK_RUNNING)
		return cleat_fail(err, EALREADY, "container %s is already running",
				  task_label(task));
	if (!task->prepared)
		return cleat_fail(err, EBUSY, "cannot start container %s: its process has ended",
				  task_label(task));
	return JOB_DONE;
}

static int nothing(struct job *job, struct cleat_error *err)
{
	(void)job;
	(void)err;
	return JOB_DONE;
}

static int unmake(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, prepare_of(job)->task, err);
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "clear up after a failure", nothing, unmake }, /* undone last */
	{ "record that it runs", start_record, start_unrecord },
	{ "start the program", start_program, NULL },
};
static const struct job_kind kind = { "start", steps, ARRAY_SIZE(steps) };

int task_start_prepared(struct task *task, bool automatic, task_start_done done, void *arg,
			struct cleat_error *err)
{
	struct prepare *p = calloc(1, sizeof(*p));

	if (!p)
		return cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				  task_label(task));
	p->task = task;
	p->how.automatic = automatic;
	p->done = done;
	p->arg = arg;
	int r = job_add(&task->jobs, &kind, p, free, start_ended, p, err);

	if (r < 0)
		free(p);
	return r;
}

int task_start(struct task *task, task_start_done done, void *arg, struct cleat_error *err)
{
	static const struct task_prepare detached = { 0 };

	if (task->prepared)
		return task_start_prepared(task, false, done, arg, err);
	return task_start_whole(task, &detached, done, arg, err);
}

int task_start_checkpoint(struct task *task, const char *name, task_start_done done, void *arg,
			  struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;
	struct task_prepare how = { 0 };

	/* Elsewhere success: but what runs is not what the checkpoint holds. */
	if (task->prepared || task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED)
		return cleat_fail(err, EBUSY, "container %s is already running", task_label(task));
	if (checkpoints_find(task, name, &path, err) < 0)
		return -err->errnum;
	how.checkpoint = path;
	return task_start_whole(task, &how, done, arg, err);
}
