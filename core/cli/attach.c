/* SPDX-License-Identifier: Apache-2.0 */
/* attach.c - start a container that exists: detached, or as the front end of its program. */
#include "cli/attach.h"

#include "cli/connect.h"
#include "cli/detach_keys.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "rpc/pb/cleat.pb-c.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

int attach_start(struct cli *cli, const char *id, const char *checkpoint)
{
	Cleat__V1__StartRequest request = CLEAT__V1__START_REQUEST__INIT;
	Cleat__V1__StartResponse *reply = NULL;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.id = (char *)id;
	if (checkpoint)
		request.checkpoint = (char *)(uintptr_t)checkpoint;
	r = daemon_call(cli, CONTAINERS, "Start", &request.base, &reply);
	if (r < 0)
		return r;
	return reply->exit_code ? session_cannot(cli, reply->exit_code, reply->error) : 0;
}

int attach_keys(struct cli *cli, struct detach_keys *out)
{
	const char *text = words_text(&cli->words, "detach-keys");

	return detach_keys_parse(text ? text : "ctrl-p,ctrl-q", out, &cli->err);
}

static int prepare(struct cli *cli, const struct attach *attach,
		   Cleat__V1__PrepareResponse **out_reply)
{
	Cleat__V1__PrepareRequest request = CLEAT__V1__PREPARE_REQUEST__INIT;

	request.namespace_ = cli_namespace(cli);
	request.id = (char *)attach->id;
	request.attach_stdin = attach->input;
	request.attach_stdout = true;
	request.attach_stderr = true;
	terminal_size(&request.rows, &request.columns);
	return daemon_call(cli, CONTAINERS, "Prepare", &request.base, out_reply);
}

int attach_run(struct cli *cli, const struct attach *attach)
{
	Cleat__V1__PrepareResponse *reply = NULL;
	struct session_plan plan = { 0 };
	int r = prepare(cli, attach, &reply);

	if (r < 0)
		return r;
	if (reply->exit_code)
		return session_cannot(cli, reply->exit_code, reply->error);
	plan = (struct session_plan){
		.id = reply->id[0] ? reply->id : attach->id,
		.in = reply->stdin,
		.out = reply->stdout,
		.err = reply->stderr,
		.terminal = reply->terminal,
		.attach = reply->attach,
		.input = attach->input,
		.keys = attach->keys,
		.sig_proxy = attach->sig_proxy,
		.removed = attach->removed,
	};
	return session_run(cli, &plan);
}
