/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - Kill: a signal to init, to everything in the container, or to one exec. */
#include "methods.h"

#include <errno.h>
#include <signal.h>

#include "rpc/pb/task.pb-c.h"

static void finished(struct rpc_call *call)
{
	rpc_fail_code(call, RPC_NOT_FOUND, "process already finished: not found");
}

static void note(struct process *process, int signal, bool all)
{
	process->killed_by = signal;
	for (struct process *p = process->task->execs; all && p; p = p->next)
		p->killed_by = signal;
}

static void kill_init(struct process *process, struct rpc_call *call, int signal, bool all)
{
	struct cleat_error err = { 0 };

	if (process->state == PROCESS_STOPPED && !all) {
		finished(call);
		return;
	}
	int r = use_runtime_kill(process->task->box, signal, all, &err);

	if (r == 0)
		note(process, signal, all);
	if (r == 0 || (r == -ESRCH && all))
		rpc_reply(call, NULL);
	else if (r == -ESRCH)
		finished(call);
	else
		rpc_fail(call, &err);
}

/* The pid is ours until reap.c has taken it, so kill(2) cannot hit a stranger. */
static void kill_exec(struct process *process, struct rpc_call *call, int signal)
{
	struct cleat_error err = { 0 };

	if (process->state == PROCESS_CREATED) {
		rpc_fail_code(call, RPC_FAILED_PRECONDITION,
			      "process not created: failed precondition");
	} else if (process->state == PROCESS_STOPPED) {
		finished(call);
	} else if (kill(process->pid, signal) < 0) {
		(void)cleat_fail(&err, errno, "cannot send signal %d to process %d: %m", signal,
				 process->pid);
		rpc_fail(call, &err);
	} else {
		process->killed_by = signal;
		rpc_reply(call, NULL);
	}
}

void method_kill(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__KillRequest *in =
		(const Containerd__Task__V2__KillRequest *)request;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);

	if (!process)
		return;
	if (in->signal > 64)
		rpc_fail_code(call, RPC_INVALID_ARGUMENT, "signal %u does not exist", in->signal);
	else if (process == &process->task->init)
		kill_init(process, call, (int)in->signal, in->all);
	else
		kill_exec(process, call, (int)in->signal);
}
