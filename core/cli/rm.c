/* SPDX-License-Identifier: Apache-2.0 */
/* rm.c - cleat rm: remove containers. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__RemoveRequest request = CLEAT__V1__REMOVE_REQUEST__INIT;

	request.namespace_ = cli_namespace(cli);
	request.id = name;
	request.force = words_on(&cli->words, "force");
	return each_forced(cli, request.force,
			   daemon_call(cli, &cleat__v1__containers__descriptor, "Remove",
				       &request.base, NULL));
}

int command_rm(struct cli *cli)
{
	return each(cli, true, one);
}
