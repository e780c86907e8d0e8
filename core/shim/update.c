/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - Update: new limits for a live container. */
#include "methods.h"

#include "rpc/pb/task.pb-c.h"

void method_update(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__UpdateTaskRequest *in =
		(const Containerd__Task__V2__UpdateTaskRequest *)request;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (task->init.state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot update a stopped container");
	else if (!in->resources)
		rpc_fail_code(call, RPC_INVALID_ARGUMENT,
			      "resources are missing: invalid argument");
	else if (use_runtime_update(task->box, (const char *)in->resources->value.data,
				    in->resources->value.len, &err) < 0)
		rpc_fail(call, &err);
	else
		rpc_reply(call, NULL);
}
