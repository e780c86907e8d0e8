/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.c - cleat restart: stop, then start without a client's streams (S6). An error of the stop
 * ends it and the start is not tried. What it requires is there before it is stopped, or it goes on.
 */
#include "service/answer.h"

#include "task/events.h"

static void started(void *arg, int exit_code, const struct cleat_error *err)
{
	struct answer *answer = arg;
	struct task *task = answer->task;

	(void)exit_code; /* the sentence says it, and the client wants no exit code of a restart */
	task->restarts_by_hand--;
	if (!err->errnum)
		task_event(task, "restart", NULL);
	answer_id(answer, err);
	task_unpin(task);
}

static void stopped(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;
	struct task *task = answer->task;
	struct cleat_error why = *err;

	if (!why.errnum && answer->ran)
		task_event(task, "stop", NULL);
	if (why.errnum || task_start(task, started, answer, &why) < 0) {
		task->restarts_by_hand--;
		answer_id(answer, &why);
		task_unpin(task);
	}
}

static void go(struct answer *answer)
{
	const Cleat__V1__RestartRequest *request = answer->request;
	struct task *task = answer->task;
	struct cleat_error err = { 0 };

	answer->ran = task_phase_is_active((int)task->row.phase);
	task->restarts_by_hand++;
	int r = task_stop(task, 0,
			  request->timeout_set ? request->timeout_s : task_stop_timeout(task),
			  stopped, answer, &err);

	if (r == 0)
		task_pin(task);
	else
		task->restarts_by_hand--;
	answer_started(answer, r, &err);
}

void service_restart(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__RestartRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);

	if (!answer)
		return;
	answer->request = request; /* the call's, which is there until it is answered */
	answer_when_there(answer, go);
}
