/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c - a terminal's new size, and the end of standard input. */
#include "service/answer.h"

#include "task/events.h"

static void resized(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;
	const Cleat__V1__ResizeRequest *request = answer->request;

	/* docker tells it of the container's own terminal alone */
	if (!err->errnum && !*request->exec_id)
		task_event(answer->task, "resize", "height", event_number(request->rows).text,
			   "width", event_number(request->columns).text, NULL);
	task_unpin(answer->task);
	answer_empty(answer, err);
}

void service_resize(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ResizeRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	struct task *task = answer->task;

	answer->request = request; /* the call's */
	int r = task_resize(task, request->exec_id, request->rows, request->columns, resized,
			    answer, &err);

	answer_started_pinned(answer, task, r, &err);
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
