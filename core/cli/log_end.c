/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_end.c - the daemon is asked for the end of a container.
 *
 * It may die meanwhile: the lines go on, and its successor is asked.
 */
#include "cli/log_end.h"

#include <errno.h>

#include "base/loop.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

static void waited(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct log_end *end = arg;

	if (end->left)
		return;
	if (!reply && (err->errnum == ECONNRESET || end->cli->lost))
		end->ask_again = true;
	else
		end->ended = true; /* also when it is gone altogether */
}

static int ask(struct log_end *end)
{
	struct cli *cli = end->cli;
	Cleat__V1__WaitRequest request = CLEAT__V1__WAIT_REQUEST__INIT;
	int r = connect_daemon(cli);

	request.namespace_ = cli_namespace(cli);
	request.id = (char *)end->id;
	request.condition = CLEAT__V1__WAIT_CONDITION__NOT_RUNNING;
	return r < 0 ? r
		     : rpc_call(cli->client, CONTAINERS->name, "Wait", &request.base,
				reply_type(CONTAINERS, "Wait"), 0, waited, end, &cli->err);
}

struct log_end *log_end_new(struct cli *cli, const char *id)
{
	struct log_end *end = arena_alloc(&cli->arena, sizeof(*end));

	*end = (struct log_end){ .cli = cli, .id = id };
	return ask(end) < 0 ? NULL : end;
}

int log_end_step(struct log_end *end, uint64_t timeout_ns)
{
	if (end->ask_again) {
		end->ask_again = false;
		end->cli->lost = true;
		return ask(end);
	}
	if (end->ended)
		return 0;
	if (loop_step(end->cli->loop, timeout_ns) < 0)
		return cleat_fail(&end->cli->err, EIO, "cannot wait for the log");
	return 0;
}

void log_end_leave(struct log_end *end)
{
	end->left = true;
}
