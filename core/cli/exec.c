/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - cleat exec: run one more program in a running container. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/env.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "rpc/pb/cleat.pb-c.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

static char *or_empty(const char *text)
{
	return (char *)(text ? text : "");
}

static int fill(struct cli *cli, Cleat__V1__ExecRequest *request)
{
	const struct words *words = &cli->words;
	bool detach = words_on(words, "detach");

	request->namespace_ = cli_namespace(cli);
	request->id = words->args[0];
	request->args = words->args + 1;
	request->n_args = (size_t)words->nargs - 1;
	request->workdir = or_empty(words_text(words, "workdir"));
	request->user = or_empty(words_text(words, "user"));
	request->terminal = words_on(words, "tty");
	request->privileged = words_on(words, "privileged");
	request->attach_stdin = !detach && words_on(words, "interactive");
	request->attach_stdout = !detach;
	request->attach_stderr = !detach;
	terminal_size(&request->rows, &request->columns);
	if (request->workdir[0] && request->workdir[0] != '/')
		return words_refuse(
			request->workdir, "workdir", &cli->err,
			"the working directory is invalid, it needs to be an absolute path");
	return env_collect(cli, &request->env, &request->n_env);
}

static int start_detached(struct cli *cli, const Cleat__V1__ExecRequest *exec,
			  const Cleat__V1__ExecResponse *made)
{
	Cleat__V1__ExecIdRequest request = CLEAT__V1__EXEC_ID_REQUEST__INIT;
	Cleat__V1__StartResponse *reply = NULL;
	int r = 0;

	request.namespace_ = exec->namespace_;
	request.id = made->id[0] ? made->id : exec->id;
	request.exec_id = made->exec_id;
	r = daemon_call(cli, CONTAINERS, "ExecStart", &request.base, &reply);
	if (r < 0)
		return r;
	return reply->exit_code ? session_cannot(cli, reply->exit_code, reply->error) : 0;
}

static int start_attached(struct cli *cli, const Cleat__V1__ExecRequest *exec,
			  const Cleat__V1__ExecResponse *made)
{
	struct session_plan plan = {
		.id = made->id[0] ? made->id : exec->id,
		.exec_id = made->exec_id,
		.in = made->stdin,
		.out = made->stdout,
		.err = made->stderr,
		.terminal = exec->terminal,
	};

	return session_run(cli, &plan);
}

int command_exec(struct cli *cli)
{
	Cleat__V1__ExecRequest request = CLEAT__V1__EXEC_REQUEST__INIT;
	Cleat__V1__ExecResponse *made = NULL;
	bool detach = words_on(&cli->words, "detach");
	int r = fill(cli, &request);

	if (r == 0 && !detach)
		r = terminal_check(request.terminal, request.attach_stdin, &cli->err);
	if (r == 0)
		r = daemon_call(cli, CONTAINERS, "Exec", &request.base, &made);
	if (r == 0 && made->exit_code)
		r = session_cannot(cli, made->exit_code, made->error);
	else if (r == 0)
		r = detach ? start_detached(cli, &request, made)
			   : start_attached(cli, &request, made);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, r);
}
