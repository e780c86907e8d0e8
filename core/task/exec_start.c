/* SPDX-License-Identifier: Apache-2.0 */
/* exec_start.c - an exec runs, ends, and is waited for. */
#include "task/events.h"
#include "task/exec.h"
#include "task/prepare.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

struct exec_waiter {
	struct exec_waiter *next;
	task_waited waited;
	void *arg;
};

int exec_find(struct task *task, const char *id, struct exec **out, struct cleat_error *err)
{
	for (struct exec *exec = task->execs; exec; exec = exec->next)
		if (text_eq(exec->id, id)) {
			*out = exec;
			return 0;
		}
	return cleat_fail(err, ENOENT, "No such exec instance: %s", id);
}

/* ---- the end ---------------------------------------------------------------------------------------- */
static void deleted(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)arg;
	(void)reply;
	if (err->errnum && err->errnum != ENOENT)
		log_line(CLEAT_DEBUG, "cannot delete an exec: %s", err->text);
}

/* The shim may forget it; the client, when it asks. */
static void delete_in_shim(struct exec *exec)
{
	Containerd__Task__V2__DeleteRequest request = CONTAINERD__TASK__V2__DELETE_REQUEST__INIT;
	struct cleat_error err = { 0 };

	if (!exec->task->shim)
		return;
	request.id = exec->task->row.id;
	request.exec_id = exec->id;
	if (shim_call(exec->task->shim, "Delete", &request.base,
		      &containerd__task__v2__delete_response__descriptor, deleted, NULL, &err) < 0)
		log_line(CLEAT_DEBUG, "cannot delete an exec: %s", err.text);
}

/* Of those that nobody has asked for, as after `exec -d`: the list has the latest first. */
static void forget_oldest(struct task *task)
{
	enum { KEPT = 32 };
	struct exec *oldest = NULL;
	size_t n = 0;

	for (struct exec *exec = task->execs; exec; exec = exec->next)
		if (exec->ended) {
			oldest = exec;
			n++;
		}
	if (n > KEPT)
		exec_forget(oldest);
}

static void end(struct exec *exec, int64_t status, uint64_t at)
{
	struct exec_waiter *waiters = exec->waiters;

	exec->ended = true;
	exec->exit_status = status;
	exec->exited_at = at ? at : clock_now(CLOCK_REALTIME);
	exec->waiters = NULL;
	bundle_remove_io(exec->task->bundle, exec->id);
	task_event(exec->task, "exec_die", "execID", exec->id, "exitCode",
		   event_number(status).text, NULL);
	if (!waiters)
		return; /* kept until somebody asks, or the container ends */
	while (waiters) {
		struct exec_waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->waited(waiter->arg, exec->exit_status, exec->exited_at, false, "");
		free(waiter);
	}
	exec_forget(exec);
}

static void ended(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	const Containerd__Task__V2__WaitResponse *response = (const void *)reply;
	struct exec *exec = arg;
	struct task *task = exec->task;
	struct bundle_exit record = { 0 };
	struct cleat_error ignored = { 0 };
	int64_t status = 137; /* its container went down with it */
	uint64_t at = 0;

	if (response) {
		status = response->exit_status;
		if (response->exited_at && response->exited_at->seconds > 0)
			at = (uint64_t)response->exited_at->seconds * NS_PER_S +
			     (uint32_t)response->exited_at->nanos;
	} else if (bundle_read_exit(exec->task->bundle, exec->id, &record, &ignored) == 0) {
		status = record.exit_status;
		at = (uint64_t)record.exited_at;
	} else {
		log_line(CLEAT_DEBUG, "%.12s: lost an exec: %s", exec->task->row.id, err->text);
	}
	delete_in_shim(exec);
	end(exec, status, at);
	forget_oldest(task);
}

void exec_end_all(struct task *task)
{
	struct exec *exec = task->execs;

	while (exec) {
		struct exec *next = exec->next;

		if (exec->ended)
			exec_forget(exec);
		else
			end(exec, 137, 0);
		exec = next;
	}
	/* Those that nobody has waited for are of no use any more. */
	while (task->execs)
		exec_forget(task->execs);
}

static int watch(struct exec *exec, struct cleat_error *err)
{
	Containerd__Task__V2__WaitRequest request = CONTAINERD__TASK__V2__WAIT_REQUEST__INIT;

	request.id = exec->task->row.id;
	request.exec_id = exec->id;
	return shim_call_limit(exec->task->shim, "Wait", &request.base,
			       &containerd__task__v2__wait_response__descriptor, 0, ended, exec,
			       err);
}

/* ---- the start -------------------------------------------------------------------------------------- */
struct starting {
	struct task *task;
	char id[33];
	int exit_code;
	exec_done done;
	void *arg;
};

static struct starting *starting_of(struct job *job)
{
	return job_data(job);
}

static void started(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	const Containerd__Task__V2__StartResponse *response = (const void *)reply;
	struct job *job = arg;
	struct starting *starting = starting_of(job);
	struct cleat_error why = *err;
	struct exec *exec = NULL;

	if (!response)
		starting->exit_code = program_exit_code(err, true);
	else if (exec_find(starting->task, starting->id, &exec, &why) == 0) {
		exec->pid = response->pid;
		exec->started = true;
		(void)watch(exec, &why);
	}
	job_resume(job, &why);
}

static int call_start(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__StartRequest request = CONTAINERD__TASK__V2__START_REQUEST__INIT;
	struct starting *starting = starting_of(job);
	struct exec *exec = NULL;
	int r = starting->task->gone ? cleat_fail(err, ENOENT, "the container is gone")
				     : exec_find(starting->task, starting->id, &exec, err);

	if (r < 0)
		return r;
	if (exec->started)
		return cleat_fail(err, EBUSY, "exec %s has already been started", exec->id);
	request.id = starting->task->row.id;
	request.exec_id = exec->id;
	r = shim_call(starting->task->shim, "Start", &request.base,
		      &containerd__task__v2__start_response__descriptor, started, job, err);
	return r < 0 ? r : JOB_WAIT;
}

static const struct job_step steps[] = { { "start the process", call_start, NULL } };
static const struct job_kind kind = { "start an exec", steps, ARRAY_SIZE(steps) };

static void exec_start_ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct starting *starting = arg;
	struct cleat_error ignored = { 0 };
	struct exec *exec = NULL;

	(void)job;
	(void)exec_find(starting->task, starting->id, &exec, &ignored);
	if (!err->errnum && exec)
		exec_event(exec, "exec_start");
	starting->done(starting->arg, err->errnum ? NULL : exec, starting->exit_code, err);
	if (err->errnum && exec && !exec->started) {
		delete_in_shim(exec);
		exec_forget(exec);
	}
}

int exec_start(struct exec *exec, exec_done done, void *arg, struct cleat_error *err)
{
	struct starting *starting = calloc(1, sizeof(*starting));

	if (!starting)
		return cleat_fail(err, ENOMEM, "cannot exec: out of memory");
	starting->task = exec->task;
	(void)snprintf(starting->id, sizeof(starting->id), "%s", exec->id);
	starting->done = done;
	starting->arg = arg;
	int r = job_add(&exec->task->jobs, &kind, starting, free, exec_start_ended, starting, err);

	if (r < 0)
		free(starting);
	return r;
}

/* ---- the wait --------------------------------------------------------------------------------------- */
static int add_waiter(struct exec *exec, task_waited waited, void *arg, struct cleat_error *err)
{
	struct exec_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return cleat_fail(err, ENOMEM, "cannot wait: out of memory");
	waiter->waited = waited;
	waiter->arg = arg;
	waiter->next = exec->waiters;
	exec->waiters = waiter;
	return 0;
}

/* An exec of the last daemon: the shim knows whether it lives, its record how it ended. */
static int adopt(struct task *task, const char *id, task_waited waited, void *arg,
		 struct cleat_error *err)
{
	struct bundle_exit record = { 0 };
	struct exec *exec = NULL;

	if (!text_is_name(id) || strlen(id) != 32)
		return cleat_fail(err, EINVAL, "'%s' is no exec id", id);
	if (bundle_read_exit(task->bundle, id, &record, err) == 0) {
		waited(arg, record.exit_status, (uint64_t)record.exited_at, false, "");
		return 0;
	}
	if (!task->shim)
		return cleat_fail(err, ENOENT, "No such exec instance: %s", id);
	exec = exec_add(task, id);
	if (!exec)
		return cleat_fail(err, ENOMEM, "cannot wait: out of memory");
	exec->started = true;
	int r = watch(exec, err);

	if (r == 0)
		r = add_waiter(exec, waited, arg, err);
	if (r < 0)
		exec_forget(exec);
	return r;
}

int exec_wait(struct task *task, const char *id, task_waited waited, void *arg,
	      struct cleat_error *err)
{
	struct exec *exec = NULL;

	if (exec_find(task, id, &exec, err) < 0)
		return adopt(task, id, waited, arg, err);
	if (!exec->ended)
		return add_waiter(exec, waited, arg, err);
	waited(arg, exec->exit_status, exec->exited_at, false, "");
	exec_forget(exec);
	return 0;
}
