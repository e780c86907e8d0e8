/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - Start: let init call execve, or make the process of an exec that was added. */
#include "health.h"
#include "methods.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

#include "base/fail.h"

static int start_init(struct process *process, struct cleat_error *err)
{
	Containerd__Events__TaskStart event = CONTAINERD__EVENTS__TASK_START__INIT;
	struct task *task = process->task;
	int r = task->pending ? create_finish(task, err) : use_runtime_start(task->box, err);

	if (r < 0)
		return r;
	event.container_id = task->id;
	event.pid = (uint32_t)process->pid;
	publish(task->shim->publisher, "/tasks/start", &event.base);
	return 0;
}

static int make_exec(struct process *process, struct cleat_stdio *stdio, struct cleat_error *err)
{
	struct cleat_process made = { .pidfd = -1, .console_fd = -1 };
	struct cleat_exec req = {
		.process = process->spec,
		.process_len = process->spec_len,
		.stdio = stdio,
		.rows = process->rows,
		.columns = process->columns,
	};
	int r = use_runtime_exec(process->task->box, &req, &made, err);

	if (r < 0)
		return r;
	process->pid = made.pid;
	cleat_closep(&made.pidfd);
	r = stdio_attach(process, made.console_fd, err);
	if (r < 0) /* it runs already, and nobody would hear it */
		(void)kill(made.pid, SIGKILL);
	return r;
}

static int start_exec(struct process *process, struct cleat_error *err)
{
	Containerd__Events__TaskExecStarted event = CONTAINERD__EVENTS__TASK_EXEC_STARTED__INIT;
	struct cleat_stdio stdio = { .in = -1, .out = -1, .err = -1 };
	_cleanup_json_ struct json_doc *doc = NULL;
	struct task *task = process->task;
	int r = json_parse(process->spec, process->spec_len, &doc, err);

	if (r == 0)
		r = stdio_open(process, json_root(doc), NULL, &stdio, err);
	if (r == 0)
		r = make_exec(process, &stdio, err);
	use_stdio_close(&stdio);
	if (r < 0)
		return r;
	event.container_id = task->id;
	event.exec_id = process->exec_id;
	event.pid = (uint32_t)process->pid;
	publish(task->shim->publisher, "/tasks/exec-started", &event.base);
	return 0;
}

/* It stays created and can be deleted; who waits for it must not wait for ever. */
static void exec_failed(struct process *process)
{
	process->start_failed = true;
	process->ending.status = 255;
	use_io_close(process->stream);
	process->stream = NULL;
	waiters_answer(process);
}

static bool may_start(struct process *process, struct rpc_call *call)
{
	const struct task *task = process->task;
	bool is_exec = process != &task->init;

	if (process->state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot start a stopped process");
	else if (process->state == PROCESS_RUNNING && !is_exec && task->paused)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot start a paused process");
	else if (process->state == PROCESS_RUNNING)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot start a running process");
	else if (is_exec && task->init.state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_FAILED_PRECONDITION,
			      "container %s init process is not running: failed precondition",
			      task->id);
	else
		return true;
	return false;
}

void method_start(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__StartRequest *in =
		(const Containerd__Task__V2__StartRequest *)request;
	Containerd__Task__V2__StartResponse answer = CONTAINERD__TASK__V2__START_RESPONSE__INIT;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);
	struct cleat_error err = { 0 };

	if (!process || !may_start(process, call))
		return;
	bool is_init = process == &process->task->init;
	int r = is_init ? start_init(process, &err) : start_exec(process, &err);

	if (r < 0) {
		if (!is_init)
			exec_failed(process);
		method_fail(arg, call, is_init ? "start" : "exec", &err);
	} else {
		process->state = PROCESS_RUNNING;
		fail_point("shim-started");
		use_io_started(process->stream);
		if (is_init)
			health_start(process->task->health);
		answer.pid = (uint32_t)process->pid;
		rpc_reply(call, &answer.base);
	}
	shim_rest(arg);
}
