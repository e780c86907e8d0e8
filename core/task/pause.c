/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - freeze and thaw, docker's texts. */
#include "task/events.h"
#include "task/task.h"

#include "base/log.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

struct pause {
	struct task *task;
	bool resume;
	task_done done;
	void *arg;
};

static int check(struct job *job, struct cleat_error *err)
{
	struct pause *pause = job_data(job);
	const struct task *task = pause->task;
	int64_t phase = task->row.phase;

	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (!pause->resume && phase == TASK_RESTARTING)
		return cleat_fail(err, EBUSY,
				  "Container %s is restarting, wait until the container is running",
				  task->row.id);
	if (!pause->resume && phase == TASK_PAUSED)
		return cleat_fail(err, EBUSY, "Container %s is already paused", task->row.id);
	if (!pause->resume && phase != TASK_RUNNING)
		return cleat_fail(err, EBUSY, "Container %s is not running", task->row.id);
	if (pause->resume && phase != TASK_PAUSED)
		return cleat_fail(err, EBUSY, "Container %s is not paused", task->row.id);
	return JOB_DONE;
}

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)reply;
	job_resume(arg, err);
}

static int call(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__PauseRequest pause_request =
		CONTAINERD__TASK__V2__PAUSE_REQUEST__INIT;
	Containerd__Task__V2__ResumeRequest resume_request =
		CONTAINERD__TASK__V2__RESUME_REQUEST__INIT;
	struct pause *pause = job_data(job);

	pause_request.id = resume_request.id = pause->task->row.id;
	int r = shim_call(pause->task->shim, pause->resume ? "Resume" : "Pause",
			  pause->resume ? &resume_request.base : &pause_request.base,
			  &google__protobuf__empty__descriptor, answered, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static int record(struct job *job, struct cleat_error *err)
{
	struct pause *pause = job_data(job);
	int r = task_move(pause->task, pause->resume ? TASK_RUNNING : TASK_PAUSED, err);

	return r < 0 ? r : task_save(pause->task, err);
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "ask the shim", call, NULL },
	{ "record it", record, NULL },
};
static const struct job_kind kind = { "pause", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct pause *pause = arg;

	(void)job;
	if (!err->errnum)
		task_event(pause->task, pause->resume ? "unpause" : "pause", NULL);
	pause->done(pause->arg, err);
}

int task_pause(struct task *task, bool resume, task_done done, void *arg, struct cleat_error *err)
{
	struct pause *pause = calloc(1, sizeof(*pause));

	if (!pause)
		return cleat_fail(err, ENOMEM, "cannot pause container %s: out of memory",
				  task_label(task));
	*pause = (struct pause){ task, resume, done, arg };
	int r = job_add(&task->jobs, &kind, pause, free, ended, pause, err);

	if (r < 0)
		free(pause);
	return r;
}
