/* SPDX-License-Identifier: Apache-2.0 */
/*
 * teardown.c - the end of a process and of its shim, in containerd's order: Delete, Shutdown, close,
 * the `delete` action where it is needed, the bundle.
 *
 * Each part may be missing or fail: what comes later still runs. Our own shim's Delete and Shutdown
 * leave nothing for the `delete` action to do; a foreign shim gets it always, as under containerd.
 */
#include "task/spare.h"
#include "task/io_hold.h"
#include "task/log.h"
#include "task/shim_launch.h"
#include "task/shim_log.h"
#include "task/shim_process.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { DELETE_LIMIT_S = 20, SHUTDOWN_LIMIT_S = 3 };

struct teardown {
	struct task *task;
	struct teardown_result result;
	bool clean; /* the shim did all of it */
	bool left;  /* and said that it goes */
	teardown_done done;
	void *arg;
};

static void be_stuck(struct teardown *t, const char *why)
{
	(void)snprintf(t->task->stuck, sizeof(t->task->stuck), "%s", why);
	log_line(CLEAT_WARN, "%.12s: cannot be cleaned up yet: %s", t->task->row.id, why);
}

static void finish(struct teardown *t)
{
	struct cleat_error err = { 0 };
	uint64_t discarded = log_discarded(t->task); /* which goes with the bundle */

	shim_log_close(t->task);
	io_release(t->task);
	spare_release(t->task);
	fail_point("teardown-bundle");
	/* What is stuck needs its bundle: from that it is cleaned up later. */
	if (!*t->task->stuck && bundle_remove(t->task->bundle, &err) < 0)
		be_stuck(t, err.text);
	if (!*t->task->stuck)
		t->task->discarded = discarded;
	bundle_io_fini(&t->task->io);
	t->task->prepared = false;
	t->task->shim_lost = false;
	t->done(t->arg, &t->result);
	free(t);
}

static void deleted_by_action(void *arg, const struct shim_deleted *result)
{
	struct teardown *t = arg;

	if (result->failed)
		be_stuck(t, result->why);
	if (result->known && !t->result.known) {
		t->result.known = true;
		t->result.exit_status = result->exit_status;
		t->result.exited_at = result->exited_at;
	}
	finish(t);
}

static bool had_shim(const struct task *task)
{
	struct shim_address address = { 0 };
	struct cleat_error ignored = { 0 };
	bool had = shim_address_load(task->bundle, &address, &ignored) == 0;

	shim_address_fini(&address);
	return had;
}

static void run_action(struct teardown *t)
{
	struct cleat_error err = { 0 };

	if (!t->left)
		shim_process_kill(t->task);
	if (t->clean && t->left && !t->task->foreign) {
		finish(t);
	} else if (!had_shim(t->task)) {
		finish(t); /* no shim was ever started here: there is nothing to find */
	} else if (shim_delete(t->task, deleted_by_action, t, &err) < 0) {
		be_stuck(t, err.text); /* only that could have ended what may still run */
		finish(t);
	}
}

static void was_shut_down(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct teardown *t = arg;

	/* The connection may close before the answer: that is an end as good as any. But a shim that could
	 * not delete its task stays for it, whatever it answers. */
	t->left = t->clean && (reply || err->errnum == ECONNRESET);
	shim_close(t->task->shim);
	t->task->shim = NULL;
	run_action(t);
}

static void shut_down(struct teardown *t)
{
	Containerd__Task__V2__ShutdownRequest request =
		CONTAINERD__TASK__V2__SHUTDOWN_REQUEST__INIT;
	struct cleat_error err = { 0 };

	request.id = t->task->row.id;
	if (shim_call_limit(t->task->shim, "Shutdown", &request.base,
			    &google__protobuf__empty__descriptor, SHUTDOWN_LIMIT_S * NS_PER_S,
			    was_shut_down, t, &err) < 0)
		was_shut_down(t, NULL, &err);
}

static void was_deleted(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct teardown *t = arg;
	const Containerd__Task__V2__DeleteResponse *deleted = (const void *)reply;

	fail_point("teardown-deleted");
	if (deleted) {
		t->clean = true;
		t->result.known = deleted->exited_at && deleted->exited_at->seconds > 0;
		t->result.exit_status = deleted->exit_status;
		if (t->result.known)
			t->result.exited_at = (uint64_t)deleted->exited_at->seconds * NS_PER_S +
					      (uint32_t)deleted->exited_at->nanos;
	} else if (err->errnum == ENOENT) {
		t->clean = true; /* Create had failed: the shim holds nothing of that name */
	} else {
		log_line(CLEAT_DEBUG, "%.12s: failed to delete old task: %s", t->task->row.id,
			 err->text);
	}
	shut_down(t);
}

void task_teardown(struct task *task, teardown_done done, void *arg)
{
	Containerd__Task__V2__DeleteRequest request = CONTAINERD__TASK__V2__DELETE_REQUEST__INIT;
	struct teardown *t = calloc(1, sizeof(*t));
	struct teardown_result nothing = { 0 };
	struct cleat_error err = { 0 };

	if (!t) {
		log_line(CLEAT_ERROR, "%.12s: cannot clean up: out of memory", task->row.id);
		done(arg, &nothing);
		return;
	}
	t->task = task;
	t->done = done;
	t->arg = arg;
	task->stuck[0] = '\0';
	request.id = task->row.id;
	request.exec_id = (char *)(uintptr_t) "";
	if (!task->shim)
		run_action(t);
	else if (shim_call_limit(task->shim, "Delete", &request.base,
				 &containerd__task__v2__delete_response__descriptor,
				 DELETE_LIMIT_S * NS_PER_S, was_deleted, t, &err) < 0)
		was_deleted(t, NULL, &err);
}

/* ---- as a step of a job -------------------------------------------------------------------------- */
struct step {
	struct job *job;
	struct task *task;
	bool inside, over; /* it may all be over before task_teardown returns */
};

static int stuck_error(const struct task *task, struct cleat_error *err)
{
	return *task->stuck ? cleat_fail(err, EBUSY, "container %s is not cleaned up yet: %s",
					 task_label(task), task->stuck)
			    : 0;
}

static void step_over(void *arg, const struct teardown_result *result)
{
	struct step *step = arg;

	(void)result;
	step->over = true;
	if (step->inside)
		return;
	struct job *job = step->job;
	struct cleat_error err = { 0 };

	(void)stuck_error(step->task, &err);
	free(step);
	job_resume(job, &err);
}

int task_teardown_step(struct job *job, struct task *task, struct cleat_error *err)
{
	struct step *step = calloc(1, sizeof(*step));

	if (!step)
		return cleat_fail(err, ENOMEM, "cannot clean up: out of memory");
	step->job = job;
	step->task = task;
	step->inside = true;
	task_teardown(task, step_over, step);
	step->inside = false;
	if (!step->over)
		return JOB_WAIT;
	free(step);
	return stuck_error(task, err) < 0 ? -EBUSY : JOB_DONE;
}

/* ---- as a job of its own -------------------------------------------------------------------------- */
struct cleaning {
	struct task *task;
	task_done done;
	void *arg;
};

static int clean(struct job *job, struct cleat_error *err)
{
	return task_teardown_step(job, ((struct cleaning *)job_data(job))->task, err);
}

static const struct job_step steps[] = { { "clean up", clean, NULL } };
static const struct job_kind kind = { "clean up", steps, ARRAY_SIZE(steps) };

static void cleaned(void *arg, struct job *job, const struct cleat_error *err)
{
	struct cleaning *cleaning = arg;

	(void)job;
	if (cleaning->done)
		cleaning->done(cleaning->arg, err);
}

int task_clean(struct task *task, task_done done, void *arg, struct cleat_error *err)
{
	struct cleaning *cleaning = calloc(1, sizeof(*cleaning));

	if (!cleaning)
		return cleat_fail(err, ENOMEM, "cannot clean up: out of memory");
	*cleaning = (struct cleaning){ task, done, arg };
	int r = job_add(&task->jobs, &kind, cleaning, free, cleaned, cleaning, err);

	if (r < 0)
		free(cleaning);
	return r;
}
