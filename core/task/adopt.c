/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt.c - the shim was killed, the container lives: start a new shim that takes it over.
 *
 * The same from a daemon that saw it happen and from the next one, when both were killed. When it
 * cannot be done the container's end is recorded as it was without this file: from exit.json, or by
 * the shim's `delete` action, which kills what is left.
 */
#include "task/shim_launch.h"
#include "task/shim_process.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { LAST_LIMIT_S = 2, OFTEN = 5, OFTEN_WITHIN_S = 10 };

struct adoption {
	struct task *task;
	int last; /* pidfd of the last shim */
	struct cleat_watch *ended, *limit;
};

static struct adoption *adoption_of(struct job *job)
{
	return job_data(job);
}

static void stop_waiting(struct adoption *adoption)
{
	loop_unwatchp(&adoption->ended);
	loop_unwatchp(&adoption->limit);
	if (adoption->last >= 0)
		(void)close(adoption->last);
	adoption->last = -1;
}

static void adoption_free(void *data)
{
	stop_waiting(data);
	free(data);
}

/* ---- steps --------------------------------------------------------------------------------------- */
static void last_is_gone(void *arg, uint32_t events)
{
	struct job *job = arg;

	(void)events;
	stop_waiting(adoption_of(job));
	job_resume(job, NULL);
}

static void last_stays(void *arg)
{
	last_is_gone(arg, 0);
}

/* Its connection may close before its socket: a connect in between would find it alive. */
static int await_last(struct job *job, struct cleat_error *err)
{
	struct adoption *adoption = adoption_of(job);
	struct loop *loop = adoption->task->all->env.loop;

	adoption->last = shim_process_open(adoption->task);
	if (adoption->last < 0)
		return JOB_DONE;
	int r = loop_watch_fd(loop, adoption->last, EPOLLIN, last_is_gone, job, &adoption->ended,
			      err);

	/* one that only closed the connection is used again */
	if (r == 0)
		r = loop_watch_timer(loop, LAST_LIMIT_S * NS_PER_S, last_stays, job,
				     &adoption->limit, err);
	return r < 0 ? r : JOB_WAIT;
}

static bool has_ended(const struct task *task)
{
	struct bundle_exit record = { 0 };
	struct cleat_error ignored = { 0 };

	return bundle_read_exit(task->bundle, "", &record, &ignored) == 0;
}

static int check(struct job *job, struct cleat_error *err)
{
	const struct task *task = adoption_of(job)->task;

	if (task->gone || (task->row.phase != TASK_RUNNING && task->row.phase != TASK_PAUSED))
		return cleat_fail(err, ECANCELED, "it does not run any more");
	if (has_ended(task))
		return cleat_fail(err, ECANCELED, "it has ended");
	return JOB_DONE;
}

static void launched(void *arg, const struct shim_address *address, const struct cleat_error *err)
{
	struct job *job = arg;
	struct task *task = adoption_of(job)->task;
	struct cleat_error why = *err;

	if (!why.errnum && shim_address_save(task->bundle, address, &why) == 0)
		(void)task_connect(task, address, &why);
	job_resume(job, &why);
}

static int launch(struct job *job, struct cleat_error *err)
{
	int r = shim_adopt(adoption_of(job)->task, launched, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static void state_known(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct job *job = arg;

	if (reply)
		task_take_up(adoption_of(job)->task, (const void *)reply);
	job_resume(job, err);
}

static int ask_state(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__StateRequest request = CONTAINERD__TASK__V2__STATE_REQUEST__INIT;
	struct task *task = adoption_of(job)->task;

	request.id = task->row.id;
	int r = shim_call(task->shim, "State", &request.base,
			  &containerd__task__v2__state_response__descriptor, state_known, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static int ask_pid(struct job *job, struct cleat_error *err)
{
	return shim_process_learn(adoption_of(job)->task, err);
}

static const struct job_step steps[] = {
	{ "wait for the end of the last shim", await_last, NULL },
	{ "see whether it still runs", check, NULL },
	{ "start a shim for it", launch, NULL },
	{ "ask for its state, watch for its end", ask_state, NULL },
	{ "ask for the shim's pid", ask_pid, NULL },
};
static const struct job_kind kind = { "adopt", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct adoption *adoption = arg;
	struct task *task = adoption->task;
	struct cleat_error why = { 0 };

	(void)job;
	task->shim_lost = err->errnum != 0;
	if (!err->errnum || task->gone)
		return;
	log_line(err->errnum == ECANCELED ? CLEAT_DEBUG : CLEAT_WARN, "%.12s: not adopted: %s",
		 task->row.id, err->text);
	if (task_exited(task, false, &why) < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, why.text);
}

/* ---- may it be tried? ------------------------------------------------------------------------------ */
/* A shim that dies again and again is no help. */
static bool too_often(struct task *task)
{
	uint64_t now = clock_now(CLOCK_BOOTTIME);

	if (now - task->first_adopted_ns > OFTEN_WITHIN_S * NS_PER_S) {
		task->first_adopted_ns = now;
		task->adoptions = 0;
	}
	return ++task->adoptions > OFTEN;
}

static bool is_adoptable(const struct task *task)
{
	_cleanup_free_ char *record = text_format("%s/adopt.json", task->bundle);

	return !task->foreign &&
	       (task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED) && record &&
	       access(record, F_OK) == 0 && !has_ended(task);
}

int task_adopt(struct task *task, struct cleat_error *err)
{
	struct adoption *adoption = NULL;

	if (!is_adoptable(task))
		return cleat_fail(err, EINVAL, "it cannot be adopted");
	if (too_often(task))
		return cleat_fail(err, EBUSY, "it was adopted %d times in %d s", OFTEN,
				  OFTEN_WITHIN_S);
	adoption = calloc(1, sizeof(*adoption));
	if (!adoption)
		return cleat_fail(err, ENOMEM, "cannot adopt a container: out of memory");
	*adoption = (struct adoption){ .task = task, .last = -1 };
	int r = job_add_next(&task->jobs, &kind, adoption, adoption_free, ended, adoption, err);

	if (r < 0)
		free(adoption);
	return r;
}
