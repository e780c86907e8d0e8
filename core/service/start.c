/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - the program begins; one that cannot be run is an answer, not an error (cleat.proto). */
#include "service/answer.h"

static void started(void *arg, int exit_code, const struct cleat_error *err)
{
	Cleat__V1__StartResponse reply = CLEAT__V1__START_RESPONSE__INIT;
	struct answer *answer = arg;

	if (err->errnum && !exit_code) {
		rpc_fail(answer->call, err);
	} else {
		reply.id = answer->id;
		reply.pid = (uint32_t)answer->task->row.pid;
		reply.exit_code = exit_code;
		reply.error = (char *)(uintptr_t)err->text;
		rpc_reply(answer->call, &reply.base);
	}
	answer_free_pinned(answer);
}

static void go(struct answer *answer)
{
	const Cleat__V1__StartRequest *request = answer->request;
	struct task *task = answer->task;
	struct cleat_error err = { 0 };
	int r = *request->checkpoint
			? task_start_checkpoint(task, request->checkpoint, started, answer, &err)
			: task_start(task, started, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}

void service_start(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__StartRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);

	if (!answer)
		return;
	answer->request = request; /* the call's, which is there until it is answered */
	answer_when_allowed(answer, go);
}
