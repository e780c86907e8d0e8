/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - a further process in a running container: made known to the shim, not yet started.
 *
 * Execs are not stored. A daemon that comes back finds an exec again by asking the shim for the id
 * that the client knows (exec_find); the shim's record of its end lies in the bundle.
 */
#include "task/events.h"
#include "task/exec.h"
#include "task/foreign.h"

#include "base/log.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"
#include "spec/spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

struct making {
	struct exec *exec;
	char *process; /* JSON */
	bool terminal, in, out, err_stream;
	exec_done done;
	void *arg;
};

void exec_free(struct exec *exec)
{
	if (!exec)
		return;
	bundle_io_fini(&exec->io);
	free(exec->command);
	free(exec);
}

void exec_forget(struct exec *exec)
{
	struct exec **at = &exec->task->execs;

	while (*at && *at != exec)
		at = &(*at)->next;
	if (*at)
		*at = exec->next;
	bundle_remove_io(exec->task->bundle, exec->id);
	exec_free(exec);
}

struct exec *exec_add(struct task *task, const char *id)
{
	struct exec *exec = calloc(1, sizeof(*exec));

	if (!exec)
		return NULL;
	(void)snprintf(exec->id, sizeof(exec->id), "%s", id);
	exec->task = task;
	exec->next = task->execs;
	task->execs = exec;
	return exec;
}

void exec_event(const struct exec *exec, const char *action)
{
	_cleanup_free_ char *words =
		exec->command ? text_format("%s: %s", action, exec->command) : NULL;

	task_event(exec->task, words ? words : action, "execID", exec->id, NULL);
}

/* docker's event has the command in its name. */
static char *join(const char *const *args)
{
	struct text words = { 0 };

	for (size_t i = 0; args[i]; i++)
		text_printf(&words, "%s%s", i ? " " : "", args[i]);
	return text_take(&words);
}

static void making_free(void *data)
{
	struct making *making = data;

	free(making->process);
	free(making);
}

static struct making *making_of(struct job *job)
{
	return job_data(job);
}

/* Asked twice: before the bundle is read, and when its turn has come. */
static int may_exec(const struct task *task, struct cleat_error *err)
{
	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (task->row.phase == TASK_RESTARTING)
		return cleat_fail(err, EBUSY,
				  "Container %s is restarting, wait until the container is running",
				  task->row.id);
	if (task->row.phase == TASK_PAUSED)
		return cleat_fail(err, EBUSY,
				  "Container %s is paused, unpause the container before exec",
				  task_label(task));
	if (task->row.phase != TASK_RUNNING)
		return cleat_fail(err, EBUSY, "container %s is not running", task->row.id);
	return 0;
}

static int check(struct job *job, struct cleat_error *err)
{
	const struct task *task = making_of(job)->exec->task;

	if (may_exec(task, err) < 0)
		return -err->errnum;
	return task->shim ? JOB_DONE
			  : cleat_fail(err, EBUSY, "container %s is not running", task->row.id);
}

static int make_io(struct job *job, struct cleat_error *err)
{
	struct making *making = making_of(job);
	struct task *task = making->exec->task;

	return bundle_make_io(task->bundle, making->exec->id, making->terminal, making->in,
			      making->out, making->err_stream,
			      task->foreign ? "" : "discard:", &making->exec->io, err);
}

static int remove_io(struct job *job, struct cleat_error *err)
{
	struct making *making = making_of(job);

	(void)err;
	bundle_remove_io(making->exec->task->bundle, making->exec->id);
	return JOB_DONE;
}

static void added(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)reply;
	job_resume(arg, err);
}

static int tell_shim(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__ExecProcessRequest request =
		CONTAINERD__TASK__V2__EXEC_PROCESS_REQUEST__INIT;
	Google__Protobuf__Any spec = GOOGLE__PROTOBUF__ANY__INIT;
	struct making *making = making_of(job);
	struct exec *exec = making->exec;

	spec.type_url =
		(char *)(uintptr_t) "types.containerd.io/opencontainers/runtime-spec/1/Process";
	spec.value.data = (uint8_t *)making->process;
	spec.value.len = strlen(making->process);
	request.id = exec->task->row.id;
	request.exec_id = exec->id;
	request.terminal = making->terminal;
	request.stdin = exec->io.in;
	request.stdout = exec->io.out;
	request.stderr = exec->io.err;
	request.spec = &spec;
	int r = shim_call(exec->task->shim, "Exec", &request.base,
			  &google__protobuf__empty__descriptor, added, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static const struct job_step steps[] = {
	{ "check the state", check, NULL },
	{ "make the fifos", make_io, remove_io },
	{ "tell the shim", tell_shim, NULL },
};
static const struct job_kind kind = { "exec", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct making *making = arg;
	struct exec *exec = making->exec;

	(void)job;
	if (!err->errnum)
		exec_event(exec, "exec_create");
	making->done(making->arg, err->errnum ? NULL : exec, 0, err);
	if (err->errnum)
		exec_forget(exec);
}

static int describe(struct task *task, const struct exec_request *request, struct making *making,
		    struct cleat_error *err)
{
	_cleanup_free_ char *config = NULL;
	struct spec_exec exec = {
		.args = request->args,
		.env = request->env,
		.cwd = request->workdir && *request->workdir ? request->workdir : NULL,
		.user = request->user && *request->user ? request->user : NULL,
		.terminal = request->terminal,
		.privileged = request->privileged,
		.rows = request->rows,
		.columns = request->columns,
	};
	int r = bundle_read(task->bundle, "config.json", &config, err);

	if (r == 0)
		r = spec_exec_process(config, &exec, &making->process, err);
	if (r == 0)
		r = foreign_check_user(task, making->process, "user.username", err);
	making->terminal = request->terminal;
	making->in = request->attach_stdin;
	making->out = request->attach_stdout;
	making->err_stream = request->attach_stderr;
	return r;
}

int exec_create(struct task *task, const struct exec_request *request, exec_done done, void *arg,
		struct cleat_error *err)
{
	char id[33];
	struct making *making = NULL;

	if (may_exec(task, err) < 0)
		return -err->errnum;
	if (text_random_hex(id, 16) < 0)
		return cleat_fail(err, EIO, "cannot make an exec id");
	making = calloc(1, sizeof(*making));
	if (!making)
		return cleat_fail(err, ENOMEM, "cannot exec: out of memory");
	making->done = done;
	making->arg = arg;
	int r = describe(task, request, making, err);

	if (r == 0 && !(making->exec = exec_add(task, id)))
		r = cleat_fail(err, ENOMEM, "cannot exec: out of memory");
	if (r == 0)
		making->exec->command = join(request->args); /* out of memory: it has none */
	if (r == 0)
		r = job_add(&task->jobs, &kind, making, making_free, ended, making, err);
	if (r < 0) {
		if (making->exec)
			exec_forget(making->exec);
		making_free(making);
	}
	return r;
}
