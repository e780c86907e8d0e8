/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - let the prepared process run.
 *
 * Recorded as running before the shim is told: a daemon that dies in between finds the process
 * prepared and completes the start (reconcile.c).
 */
#include "task/io_hold.h"
#include "task/prepare.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

struct start {
	struct task *task;
	bool automatic;
	int64_t phase_before;
	int exit_code;
	task_start_done done;
	void *arg;
};

static struct start *start_of(struct job *job)
{
	return job_data(job);
}

static int check(struct job *job, struct cleat_error *err)
{
	struct task *task = start_of(job)->task;

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

static int record_running(struct job *job, struct cleat_error *err)
{
	struct start *start = start_of(job);
	struct store_container *row = &start->task->row;

	start->phase_before = row->phase;
	int r = task_move(start->task, TASK_RUNNING, err);

	if (r < 0)
		return r;
	row->started_at = (int64_t)clock_now(CLOCK_REALTIME);
	row->started_boot_ns = (int64_t)clock_now(CLOCK_BOOTTIME);
	row->exit_code = row->exit_signal = row->exit_core = row->exit_oom = row->oom_kills = 0;
	row->next_boot_ns = row->next_wall_ns = 0;
	row->started_before = 1;
	if (!start->automatic)
		restart_reset(start->task);
	if (task_set_text(&row->error, "") < 0 ||
	    task_set_text(&row->boot_id, start->task->all->env.boot_id) < 0) {
		row->phase = start->phase_before;
		return cleat_fail(err, ENOMEM, "cannot start: out of memory");
	}
	r = task_save(start->task, err);
	if (r < 0)
		row->phase = start->phase_before; /* a full disk: nothing has happened yet */
	return r;
}

static int record_stopped(struct job *job, struct cleat_error *err)
{
	struct start *start = start_of(job);

	/* Never ran: as if it had not been tried, but for the error (task_start_failed). */
	start->task->row.phase = start->phase_before;
	start->task->row.pid = 0;
	return task_save(start->task, err);
}

static int unmake(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, start_of(job)->task, err);
}

static void started(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct job *job = arg;
	struct start *start = start_of(job);
	const Containerd__Task__V2__StartResponse *response = (const void *)reply;

	if (response && response->pid)
		start->task->row.pid = response->pid;
	if (!reply)
		start->exit_code = program_exit_code(err, true);
	job_resume(job, err);
}

static int start_program(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__StartRequest request = CONTAINERD__TASK__V2__START_REQUEST__INIT;
	struct task *task = start_of(job)->task;

	request.id = task->row.id;
	int r = shim_call(task->shim, "Start", &request.base,
			  &containerd__task__v2__start_response__descriptor, started, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static int nothing(struct job *job, struct cleat_error *err)
{
	(void)job;
	(void)err;
	return JOB_DONE;
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "clear up after a failure", nothing, unmake }, /* undone last */
	{ "record that it runs", record_running, record_stopped },
	{ "start the program", start_program, NULL },
};
static const struct job_kind kind = { "start", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	static const struct cleat_error success = { 0 };
	struct start *start = arg;

	(void)job;
	io_release(start->task);
	loop_unwatchp(&start->task->forgotten_timer);
	if (err->errnum == 0)
		start->task->prepared = false;
	else if (!start->automatic)
		task_start_failed(start->task, start->exit_code, err);
	/* docker: to start what runs is no error */
	start->done(start->arg, start->exit_code, err->errnum == EALREADY ? &success : err);
}

int task_start_prepared(struct task *task, bool automatic, task_start_done done, void *arg,
			struct cleat_error *err)
{
	struct start *start = calloc(1, sizeof(*start));

	if (!start)
		return cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				  task_label(task));
	start->task = task;
	start->automatic = automatic;
	start->done = done;
	start->arg = arg;
	int r = job_add(&task->jobs, &kind, start, free, ended, start, err);

	if (r < 0)
		free(start);
	return r;
}

/* ---- with a detached prepare before ---------------------------------------------------------------- */
struct both {
	struct task *task;
	bool automatic;
	task_start_done done;
	void *arg;
};

static void both_started(void *arg, int exit_code, const struct cleat_error *err)
{
	struct both *both = arg;

	both->done(both->arg, exit_code, err);
	task_unpin(both->task);
	free(both);
}

static void both_prepared(void *arg, int exit_code, const struct cleat_error *err)
{
	static const struct cleat_error success = { 0 };
	struct both *both = arg;
	struct cleat_error why = *err;

	if (err->errnum == EALREADY)
		both_started(both, 0, &success);
	else if (err->errnum ||
		 task_start_prepared(both->task, both->automatic, both_started, both, &why) < 0)
		both_started(both, exit_code, &why);
}

int task_start_both(struct task *task, const struct task_prepare *how, task_start_done done,
		    void *arg, struct cleat_error *err)
{
	struct both *both = calloc(1, sizeof(*both));

	if (!both)
		return cleat_fail(err, ENOMEM, "cannot start container %s: out of memory",
				  task_label(task));
	both->task = task;
	both->automatic = how->automatic;
	both->done = done;
	both->arg = arg;
	int r = task_prepare(task, how, both_prepared, both, err);

	if (r < 0)
		free(both);
	else
		task_pin(task);
	return r;
}

int task_start(struct task *task, task_start_done done, void *arg, struct cleat_error *err)
{
	static const struct task_prepare detached = { 0 };

	if (task->prepared)
		return task_start_prepared(task, false, done, arg, err);
	return task_start_both(task, &detached, done, arg, err);
}
