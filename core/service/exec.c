/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - cleat exec: make, start, wait. */
#include "service/answer.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

static void made(void *arg, struct exec *exec, int exit_code, const struct cleat_error *err)
{
	Cleat__V1__ExecResponse reply = CLEAT__V1__EXEC_RESPONSE__INIT;
	struct answer *answer = arg;

	if (err->errnum && !exit_code) {
		rpc_fail(answer->call, err);
	} else {
		reply.id = answer->id;
		reply.exit_code = exit_code;
		reply.error = (char *)(uintptr_t)err->text;
		if (exec) {
			reply.exec_id = exec->id;
			reply.stdin = *exec->io.in == '/' ? exec->io.in : reply.stdin;
			reply.stdout = *exec->io.out == '/' ? exec->io.out : reply.stdout;
			reply.stderr = *exec->io.err == '/' ? exec->io.err : reply.stderr;
		}
		rpc_reply(answer->call, &reply.base);
	}
	answer_free(answer);
}

static int copy(char *const *items, size_t n, struct strings *out)
{
	for (size_t i = 0; i < n; i++)
		if (strings_add(out, items[i]) < 0)
			return -ENOMEM;
	return 0;
}

void service_exec(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ExecRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	_cleanup_strings_ struct strings args = { 0 };
	_cleanup_strings_ struct strings env = { 0 };
	struct cleat_error err = { 0 };
	int r = 0;

	if (!answer)
		return;
	if (!request->n_args)
		r = cleat_fail(&err, EINVAL, "No exec command specified");
	else if (copy(request->args, request->n_args, &args) < 0 ||
		 copy(request->env, request->n_env, &env) < 0)
		r = cleat_fail(&err, ENOMEM, "cannot exec: out of memory");
	struct exec_request exec = {
		.args = (const char *const *)args.item,
		.env = (const char *const *)env.item,
		.workdir = request->workdir,
		.user = request->user,
		.terminal = request->terminal,
		.privileged = request->privileged,
		.attach_stdin = request->attach_stdin,
		.attach_stdout = request->attach_stdout,
		.attach_stderr = request->attach_stderr,
		.rows = request->rows > UINT16_MAX ? 0 : (uint16_t)request->rows,
		.columns = request->columns > UINT16_MAX ? 0 : (uint16_t)request->columns,
	};

	if (r == 0)
		r = exec_create(answer->task, &exec, made, answer, &err);
	answer_started(answer, r, &err);
}

static void started(void *arg, struct exec *exec, int exit_code, const struct cleat_error *err)
{
	Cleat__V1__StartResponse reply = CLEAT__V1__START_RESPONSE__INIT;
	struct answer *answer = arg;

	if (err->errnum && !exit_code) {
		rpc_fail(answer->call, err);
	} else {
		reply.id = answer->id;
		reply.pid = exec ? exec->pid : 0;
		reply.exit_code = exit_code;
		reply.error = (char *)(uintptr_t)err->text;
		rpc_reply(answer->call, &reply.base);
	}
	answer_free(answer);
}

void service_exec_start(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ExecIdRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };
	struct exec *exec = NULL;

	if (!answer)
		return;
	int r = exec_find(answer->task, request->exec_id, &exec, &err);

	if (r == 0)
		r = exec_start(exec, started, answer, &err);
	answer_started(answer, r, &err);
}

static void waited(void *arg, int64_t exit_code, uint64_t exited_at, bool oom, const char *error)
{
	Cleat__V1__WaitResponse reply = CLEAT__V1__WAIT_RESPONSE__INIT;
	struct answer *answer = arg;

	(void)oom;
	(void)error;
	reply.exit_status = (uint32_t)exit_code;
	reply.exited_at = exited_at;
	rpc_reply(answer->call, &reply.base);
	answer_free(answer);
}

void service_exec_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ExecIdRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer,
			       exec_wait(answer->task, request->exec_id, waited, answer, &err),
			       &err);
}
