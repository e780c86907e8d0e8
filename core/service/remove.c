/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c - cleat rm. */
#include "service/answer.h"

void service_remove(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__RemoveRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer,
			       task_remove(answer->task, request->force, answer_id, answer, &err),
			       &err);
}
