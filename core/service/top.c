/* SPDX-License-Identifier: Apache-2.0 */
/* top.c - cleat top: the pids; what the processes are, the client reads in /proc. */
#include "service/answer.h"

#include "task/events.h"

static void known(void *arg, const uint32_t *pids, size_t n, const struct cleat_error *err)
{
	Cleat__V1__TopResponse reply = CLEAT__V1__TOP_RESPONSE__INIT;
	struct answer *answer = arg;

	reply.pids = (uint32_t *)(uintptr_t)pids;
	reply.n_pids = n;
	if (err->errnum) {
		rpc_fail(answer->call, err);
	} else {
		task_event(answer->task, "top", NULL);
		rpc_reply(answer->call, &reply.base);
	}
	answer_free_pinned(answer);
}

void service_top(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	struct task *task = answer->task;
	int r = task_pids(task, known, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}
