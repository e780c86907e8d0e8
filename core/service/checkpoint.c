/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - cleat checkpoint create, ls and rm. */
#include "service/answer.h"
#include "task/checkpoints.h"

#include "base/text.h"

void service_checkpoint(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__CheckpointRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer,
			       task_checkpoint(answer->task, request->name, request->leave_running,
					       answer_id, answer, &err),
			       &err);
}

void service_checkpoints(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	Cleat__V1__CheckpointsResponse reply = CLEAT__V1__CHECKPOINTS_RESPONSE__INIT;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	_cleanup_strings_ struct strings names = { 0 };
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (checkpoints_list(task, &names, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	reply.names = names.item;
	reply.n_names = names.n;
	rpc_reply(call, &reply.base);
}

void service_checkpoint_remove(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__CheckpointRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	(void)checkpoints_remove(answer->task, request->name, &err);
	answer_id(answer, &err);
}
