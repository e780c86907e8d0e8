/* SPDX-License-Identifier: Apache-2.0 */
/* stop.c - cleat stop: of what is stopped already it is a success. */
#include "service/answer.h"

#include "task/events.h"

#include "base/text.h"

#include <cleat/cleanup.h>

/* What the user cannot see: why it took so long, or that it was not asked. */
static void answer_stopped(struct answer *answer, const struct task *task)
{
	static const char *const fallback = "its first process ignores the stop signal";
	Cleat__V1__IdResponse reply = CLEAT__V1__ID_RESPONSE__INIT;
	_cleanup_free_ char *warning = text_format(
		"container %s was killed: its first process ignores %s; give it a handler, "
		"another --stop-signal, or --init",
		task_label(task), text_signal_name(task_stop_signal(task)));
	char *warnings[] = { warning ? warning : (char *)(uintptr_t)fallback };

	reply.id = answer->id;
	reply.name = answer->name;
	reply.warnings = warnings;
	reply.n_warnings = 1;
	rpc_reply(answer->call, &reply.base);
	answer_free(answer);
}

static void stopped(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;
	struct task *task = answer->task;

	if (!err->errnum && answer->ran)
		task_event(task, "stop", NULL);
	if (!err->errnum && task->deaf)
		answer_stopped(answer, task);
	else
		answer_id(answer, err);
	task_unpin(task);
}

void service_stop(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__StopRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	struct task *task = answer->task;

	answer->ran = task_phase_is_active((int)task->row.phase);
	int r = task_stop(task, request->signal > 64 ? 0 : (int)request->signal,
			  request->timeout_set ? request->timeout_s : task_stop_timeout(task),
			  stopped, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}
