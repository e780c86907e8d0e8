/* SPDX-License-Identifier: Apache-2.0 */
/* lifecycle.c - Connect and Shutdown: the daemon finds a shim, and lets it go. */
#include "methods.h"

#include <unistd.h>

#include "rpc/pb/task.pb-c.h"

/* Never fails: containerd asks before it knows whether there is a task. */
void method_connect(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__ConnectRequest *in =
		(const Containerd__Task__V2__ConnectRequest *)request;
	Containerd__Task__V2__ConnectResponse answer = CONTAINERD__TASK__V2__CONNECT_RESPONSE__INIT;
	struct shim *shim = arg;
	const struct task *task = task_find(shim, in->id);

	answer.shim_pid = (uint32_t)getpid();
	answer.task_pid = task ? (uint32_t)task->init.pid : 0;
	rpc_reply(call, &answer.base);
	/* It comes after Create; before it, from a daemon that looks for what an earlier one had begun. */
	shim->over |= !task;
	shim_settle(shim);
}

/* As long as there is a task, Shutdown is meant for another one of this shim. */
void method_shutdown(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct shim *shim = arg;

	(void)request;
	rpc_reply(call, NULL);
	if (!shim->tasks)
		shim_leave(shim);
}
