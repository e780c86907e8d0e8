/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - cleat wait: an answer that may come much later, or never when the client goes first. */
#include "service/service.h"

#include <errno.h>
#include <stdlib.h>

struct waiting {
	struct rpc_call *call;
	struct task *task;
	struct task_waiter *waiter;
};

static void over(void *arg, int64_t exit_code, uint64_t exited_at, bool oom, const char *error)
{
	Cleat__V1__WaitResponse reply = CLEAT__V1__WAIT_RESPONSE__INIT;
	struct waiting *waiting = arg;

	reply.exit_status = (uint32_t)exit_code;
	reply.exited_at = exited_at;
	reply.oom_killed = oom;
	reply.error = (char *)(uintptr_t)error;
	rpc_call_on_close(waiting->call, NULL, NULL);
	rpc_reply(waiting->call, &reply.base);
	task_unpin(waiting->task);
	free(waiting);
}

static void client_gone(void *arg)
{
	struct waiting *waiting = arg;

	task_wait_cancel(waiting->task, waiting->waiter);
	task_forsake(waiting->task, rpc_call_peer_pid(waiting->call));
	rpc_reply(waiting->call, NULL); /* to nobody: but each call is answered */
	task_unpin(waiting->task);
	free(waiting);
}

void service_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__WaitRequest *request = (const void *)message;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	struct waiting *waiting = task ? calloc(1, sizeof(*waiting)) : NULL;
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (!waiting) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	waiting->call = call;
	waiting->task = task;
	if (task_wait(task, (enum task_condition)request->condition, over, waiting,
		      &waiting->waiter, &err) < 0) {
		rpc_fail(call, &err);
		free(waiting);
		return;
	}
	task_pin(task);
	rpc_call_on_close(call, client_gone, waiting);
}
