/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint.c - a running container to images, as a job; then, unless it goes on, wait for its end.
 *
 * The wait is after the job: the end is a job of the same queue. That the container ends by a user's
 * wish is written before, so that no restart policy takes it for an accident.
 */
#include "task/checkpoints.h"
#include "task/events.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { LIMIT_S = 3600 }; /* images are as large as memory */

struct checkpoint {
	struct task *task;
	char *name, *path;
	bool leave_running, was_manual;
	struct task_waiter *waiter;
	task_done done;
	void *arg;
};

static struct checkpoint *checkpoint_of(struct job *job)
{
	return job_data(job);
}

static void checkpoint_free(struct checkpoint *c)
{
	free(c->name);
	free(c->path);
	free(c);
}

/* ---- steps ----------------------------------------------------------------------------------------- */

static int check(struct job *job, struct cleat_error *err)
{
	const struct task *task = checkpoint_of(job)->task;

	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (task->row.phase != TASK_RUNNING && task->row.phase != TASK_PAUSED)
		return cleat_fail(err, EBUSY, "Container %s is not running", task_label(task));
	if (task->row.userns_size)
		return cleat_fail(
			err, ENOTSUP,
			"cannot checkpoint container %s: it has a user namespace of its own "
			"(--userns), whose root may not read the images to go on from",
			task_label(task));
	if (task->config->auto_remove && !checkpoint_of(job)->leave_running)
		return cleat_fail(err, EINVAL,
				  "container %s is removed as soon as it ends (--rm), and its "
				  "checkpoints with it: use --leave-running",
				  task_label(task));
	return JOB_DONE;
}

static int make_directory(struct job *job, struct cleat_error *err)
{
	struct checkpoint *c = checkpoint_of(job);

	return checkpoints_begin(c->task, c->name, &c->path, err);
}

static int remove_directory(struct job *job, struct cleat_error *err)
{
	(void)err;
	checkpoints_discard(checkpoint_of(job)->task, checkpoint_of(job)->name);
	return JOB_DONE;
}

static int record_wish(struct job *job, struct cleat_error *err)
{
	struct checkpoint *c = checkpoint_of(job);

	c->was_manual = c->task->row.manual;
	if (c->leave_running)
		return JOB_DONE;
	c->task->row.manual = 1;
	int r = task_save(c->task, err);

	fail_point("checkpoint-recorded");
	return r;
}

static int forget_wish(struct job *job, struct cleat_error *err)
{
	struct checkpoint *c = checkpoint_of(job);

	c->task->row.manual = c->was_manual;
	return task_save(c->task, err);
}

static void written(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)reply;
	job_resume(arg, err);
}

static int write_images(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__CheckpointTaskRequest request =
		CONTAINERD__TASK__V2__CHECKPOINT_TASK_REQUEST__INIT;
	Containerd__Runc__V1__CheckpointOptions options =
		CONTAINERD__RUNC__V1__CHECKPOINT_OPTIONS__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	struct checkpoint *c = checkpoint_of(job);
	uint8_t bytes[16];

	options.exit = !c->leave_running;
	any.type_url = (char *)(uintptr_t) "containerd.runc.v1.CheckpointOptions";
	any.value.data = bytes;
	any.value.len = containerd__runc__v1__checkpoint_options__pack(&options, bytes);
	request.id = c->task->row.id;
	request.path = c->path;
	request.options = &any;
	int r = shim_call_limit(c->task->shim, "Checkpoint", &request.base,
				&google__protobuf__empty__descriptor, LIMIT_S * NS_PER_S, written,
				job, err);

	return r < 0 ? r : JOB_WAIT;
}

static int keep(struct job *job, struct cleat_error *err)
{
	struct checkpoint *c = checkpoint_of(job);

	return checkpoints_keep(c->task, c->name, err);
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "make the directory", make_directory, remove_directory },
	{ "record that it is to end", record_wish, forget_wish },
	{ "let criu write the images", write_images, NULL },
	{ "keep them", keep, NULL },
};
static const struct job_kind kind = { "checkpoint", steps, ARRAY_SIZE(steps) };

/* ---- its end --------------------------------------------------------------------------------------- */

static void finish(struct checkpoint *c, const struct cleat_error *err)
{
	struct task *task = c->task;

	c->done(c->arg, err);
	checkpoint_free(c);
	task_unpin(task);
}

static void over(void *arg, int64_t exit_code, uint64_t exited_at, bool oom, const char *error)
{
	static const struct cleat_error success = { 0 };

	(void)exit_code;
	(void)exited_at;
	(void)oom;
	(void)error;
	finish(arg, &success);
}

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct checkpoint *c = arg;
	struct cleat_error why = *err;

	(void)job;
	if (!why.errnum)
		task_event(c->task, "checkpoint", "name", c->name, NULL);
	if (why.errnum || c->leave_running ||
	    task_wait(c->task, TASK_NOT_RUNNING, over, c, &c->waiter, &why) < 0)
		finish(c, &why);
}

int task_checkpoint(struct task *task, const char *name, bool leave_running, task_done done,
		    void *arg, struct cleat_error *err)
{
	if (checkpoints_check_name(name, err) < 0)
		return -err->errnum;
	struct checkpoint *c = calloc(1, sizeof(*c));

	if (!c || !(c->name = strdup(name))) {
		free(c);
		return cleat_fail(err, ENOMEM, "cannot checkpoint container %s: out of memory",
				  task_label(task));
	}
	c->task = task;
	c->leave_running = leave_running;
	c->done = done;
	c->arg = arg;
	int r = job_add(&task->jobs, &kind, c, NULL, ended, c, err);

	if (r < 0)
		checkpoint_free(c);
	else
		task_pin(task);
	return r;
}
