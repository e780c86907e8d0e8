/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - shim and process for a client that wants to be attached from the first byte. */
#include "service/answer.h"

static void prepared(void *arg, int exit_code, const struct cleat_error *err)
{
	Cleat__V1__PrepareResponse reply = CLEAT__V1__PREPARE_RESPONSE__INIT;
	struct answer *answer = arg;
	const struct task *task = answer->task;

	if (err->errnum && !exit_code) {
		rpc_fail(answer->call, err);
	} else {
		reply.id = answer->id;
		reply.exit_code = exit_code;
		reply.error = (char *)(uintptr_t)err->text;
		reply.terminal = task->config->terminal;
		reply.attach = task->attach;
		if (!exit_code) {
			/* only fifos are a client's business */
			reply.stdin =
				task->io.in && *task->io.in == '/' ? task->io.in : reply.stdin;
			reply.stdout =
				task->io.out && *task->io.out == '/' ? task->io.out : reply.stdout;
			reply.stderr =
				task->io.err && *task->io.err == '/' ? task->io.err : reply.stderr;
		}
		rpc_reply(answer->call, &reply.base);
	}
	answer_free_pinned(answer);
}

static void go(struct answer *answer)
{
	const Cleat__V1__PrepareRequest *request = answer->request;
	struct task *task = answer->task;
	struct cleat_error err = { 0 };
	struct task_prepare how = {
		.attach_stdin = request->attach_stdin,
		.attach_stdout = request->attach_stdout,
		.attach_stderr = request->attach_stderr,
		.rows = request->rows > UINT16_MAX ? 0 : (uint16_t)request->rows,
		.columns = request->columns > UINT16_MAX ? 0 : (uint16_t)request->columns,
	};
	task->prepared_by = rpc_call_peer_pid(answer->call);
	int r = task_prepare(task, &how, prepared, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}

void service_prepare(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__PrepareRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);

	if (!answer)
		return;
	answer->request = request; /* the call's, which is there until it is answered */
	answer_when_allowed(answer, go);
}
