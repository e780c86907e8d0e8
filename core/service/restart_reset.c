/* SPDX-License-Identifier: Apache-2.0 */
/* restart_reset.c - cleat restart-reset: forget a container's failures. */
#include "service/answer.h"

void service_restart_reset(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	(void)task_restart_reset(answer->task, &err);
	answer_id(answer, &err);
}
