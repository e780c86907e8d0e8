/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - one signal, as a job; SIGKILL and the stop signal are a user's wish that it stays down. */
#include "task/events.h"
#include "task/kill.h"

#include "base/fail.h"
#include "base/log.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <cleat/cleanup.h>
#include <cleat/restart.h>

struct kill {
	struct task *task;
	int signal;
	bool everyone, stop; /* stop: it is fine when nothing runs */
	bool sent;
	task_done done;
	void *arg;
};

static struct kill *kill_of(struct job *job)
{
	return job_data(job);
}

static bool ends_it(const struct kill *kill)
{
	return kill->stop || kill->signal == SIGKILL ||
	       kill->signal == task_stop_signal(kill->task);
}

static bool runs(const struct task *task)
{
	return task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED;
}

/* Written before the signal: an exit seen by the next daemon must not look like an accident. */
static int record_wish(struct job *job, struct cleat_error *err)
{
	struct kill *kill = kill_of(job);
	struct task *task = kill->task;
	struct cleat_error unsaved = { 0 };

	if (task->gone)
		return kill->stop
			       ? JOB_DONE
			       : cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (!runs(task) && !kill->stop && !(task->row.phase == TASK_RESTARTING && ends_it(kill)))
		return cleat_fail(err, EBUSY,
				  "cannot kill container: %s: container %s is not running",
				  task_label(task), task->row.id);
	if (!ends_it(kill) || task->row.phase == TASK_REMOVING)
		return JOB_DONE;
	/* Known already; of one that does not run, a start may have come to wait since then. */
	if (task->row.manual && runs(task) && (!kill->stop || task->row.killed_for))
		return JOB_DONE;
	task->row.manual = 1;
	if (kill->stop && runs(task))
		task->row.killed_for = CLEAT_CAUSE_MANUAL; /* the next daemon completes it */
	restart_cancel(task);
	/* It is obeyed all the same: a disk that is full is no reason to run on. */
	task->unrecorded = task_save(task, &unsaved) < 0;
	if (task->unrecorded)
		log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, unsaved.text);
	fail_point("stop-recorded");
	return JOB_DONE;
}

int kill_recorded(struct task *task, struct cleat_error *err)
{
	if (!task->unrecorded || task->gone)
		return 0;
	int r = task_save(task, err);

	task->unrecorded = r < 0;
	return r < 0 ? cleat_wrap(err,
				  "container %s does not run, but may come back with the daemon",
				  task_label(task))
		     : 0;
}

static void signalled(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	static const struct cleat_error success = { 0 };

	/* Not found: it has ended in this very moment, which is what a signal is for. */
	fail_point("stop-sent");
	kill_of(arg)->sent = reply;
	job_resume(arg, !reply && err->errnum == ENOENT ? &success : err);
}

static int send(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__KillRequest request = CONTAINERD__TASK__V2__KILL_REQUEST__INIT;
	struct kill *kill = kill_of(job);

	if (!runs(kill->task) || !kill->task->shim)
		return JOB_DONE;
	request.id = kill->task->row.id;
	request.signal = (uint32_t)kill->signal;
	request.all = kill->everyone;
	int r = shim_call(kill->task->shim, "Kill", &request.base,
			  &google__protobuf__empty__descriptor, signalled, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static void thawed(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct job *job = arg;
	struct task *task = kill_of(job)->task;

	(void)err; /* it has ended, or it is not frozen: both are fine */
	if (reply && task->row.phase == TASK_PAUSED)
		task->row.phase = TASK_RUNNING; /* saved with its end, which is near */
	job_resume(job, NULL);
}

/* The signal first, so that nothing else runs between the thaw and its delivery. */
static int thaw(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__ResumeRequest request = CONTAINERD__TASK__V2__RESUME_REQUEST__INIT;
	struct kill *kill = kill_of(job);

	if (kill->task->row.phase != TASK_PAUSED || !ends_it(kill) || !kill->task->shim)
		return JOB_DONE;
	request.id = kill->task->row.id;
	int r = shim_call(kill->task->shim, "Resume", &request.base,
			  &google__protobuf__empty__descriptor, thawed, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static const struct job_step steps[] = {
	{ "record the wish", record_wish, NULL },
	{ "send the signal", send, NULL },
	{ "thaw it", thaw, NULL },
};
static const struct job_kind kind = { "kill", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct kill *kill = arg;
	struct cleat_error why = { 0 };

	(void)job;
	if (!err->errnum && !kill->stop && kill_recorded(kill->task, &why) < 0)
		err = &why;
	if (kill->sent)
		task_event(kill->task, "kill", "signal", event_number(kill->signal).text, NULL);
	if (!kill->task->gone)
		task_wake(kill->task, false); /* a cancelled restart ends a wait */
	if (kill->done)
		kill->done(kill->arg, err);
}

int task_signal(struct task *task, int signal, bool everyone, bool stop, task_done done, void *arg,
		struct cleat_error *err)
{
	struct kill *kill = calloc(1, sizeof(*kill));

	if (!kill)
		return cleat_fail(err, ENOMEM, "cannot kill container %s: out of memory",
				  task_label(task));
	*kill = (struct kill){ .task = task,
			       .signal = signal,
			       .everyone = everyone,
			       .stop = stop,
			       .done = done,
			       .arg = arg };
	int r = job_add(&task->jobs, &kind, kill, free, ended, kill, err);

	if (r < 0)
		free(kill);
	return r;
}

int task_kill(struct task *task, int signal, task_done done, void *arg, struct cleat_error *err)
{
	if (signal < 1 || signal > 64)
		return cleat_fail(err, EINVAL, "invalid signal: %d", signal);
	return task_signal(task, signal, false, false, done, arg, err);
}
