/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c - a terminal's new size, and the end of standard input. */
#include "service/answer.h"

void service_resize(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ResizeRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer,
			       task_resize(answer->task, request->exec_id, request->rows,
					   request->columns, answer_empty, answer, &err),
			       &err);
}

void service_close_stdin(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ExecIdRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer,
			       task_close_stdin(answer->task, request->exec_id, answer_empty,
						answer, &err),
			       &err);
}
