/* SPDX-License-Identifier: Apache-2.0 */
/* attach.c - cleat attach: the way to a running program's streams. */
#include "service/answer.h"

#include "task/events.h"

static void known(void *arg, const char *socket, bool terminal, bool input,
		  const struct cleat_error *err)
{
	Cleat__V1__AttachResponse reply = CLEAT__V1__ATTACH_RESPONSE__INIT;
	struct answer *answer = arg;

	reply.socket = (char *)(uintptr_t)socket;
	reply.terminal = terminal;
	reply.input = input;
	reply.id = answer->id;
	if (err->errnum) {
		rpc_fail(answer->call, err);
	} else {
		task_event(answer->task, "attach", NULL);
		rpc_reply(answer->call, &reply.base);
	}
	answer_free_pinned(answer);
}

void service_attach(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	struct task *task = answer->task;
	int r = task_attach(task, known, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}
