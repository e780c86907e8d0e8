/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - cleat wait: wait until containers end, print their exit codes. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int condition(struct cli *cli, Cleat__V1__WaitCondition *out)
{
	const char *text = words_text(&cli->words, "condition");

	if (!text || text_eq(text, "not-running"))
		*out = CLEAT__V1__WAIT_CONDITION__NOT_RUNNING;
	else if (text_eq(text, "next-exit"))
		*out = CLEAT__V1__WAIT_CONDITION__NEXT_EXIT;
	else if (text_eq(text, "removed"))
		*out = CLEAT__V1__WAIT_CONDITION__REMOVED;
	else
		return words_refuse(text, "condition", &cli->err,
				    "it is not-running, next-exit or removed");
	return 0;
}

static int one(struct cli *cli, char *name)
{
	Cleat__V1__WaitRequest request = CLEAT__V1__WAIT_REQUEST__INIT;
	Cleat__V1__WaitResponse *reply = NULL;
	int r = condition(cli, &request.condition);

	if (r < 0)
		return r;
	request.namespace_ = cli_namespace(cli);
	request.id = name;
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "Wait", &request.base, &reply);
	if (r < 0)
		return r;
	(void)printf("%u\n", reply->exit_status);
	(void)fflush(stdout);
	return 0;
}

int command_wait(struct cli *cli)
{
	return each(cli, false, one);
}
