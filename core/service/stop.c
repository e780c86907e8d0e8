/* SPDX-License-Identifier: Apache-2.0 */
/* stop.c - cleat stop: of what is stopped already it is a success. */
#include "service/answer.h"

#include "task/events.h"

static void stopped(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;
	struct task *task = answer->task;

	if (!err->errnum)
		task_event(task, "stop", NULL);
	answer_id(answer, err);
	task_unpin(task);
}

void service_stop(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__StopRequest *request = (const void *)message;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	struct answer *answer = task ? answer_new(arg, call, task) : NULL;
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	answer->task = task;
	int r = task_stop(task, request->signal > 64 ? 0 : (int)request->signal,
			  request->timeout_set ? request->timeout_s : task_stop_timeout(task),
			  stopped, answer, &err);

	if (r == 0)
		task_pin(task);
	answer_started(answer, r, &err);
}
