/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - cleat pause and unpause. */
#include "service/answer.h"

static void change(struct service *service, struct rpc_call *call,
		   const Cleat__V1__ContainerRequest *request, bool resume)
{
	struct answer *answer = answer_find(service, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer, task_pause(answer->task, resume, answer_id, answer, &err),
			       &err);
}

void service_pause(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	change(arg, call, (const void *)message, false);
}

void service_resume(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	change(arg, call, (const void *)message, true);
}
