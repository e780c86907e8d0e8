/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - cleat kill. */
#include "service/answer.h"

#include <signal.h>

void service_kill(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__KillRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	int r = task_kill(answer->task, request->signal > 64 ? 0 : (int)request->signal, answer_id,
			  answer, &err);

	answer_started(answer, r, &err);
}
