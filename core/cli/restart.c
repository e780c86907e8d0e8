/* SPDX-License-Identifier: Apache-2.0 */
/* restart.c - cleat restart: stop containers, then start them. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__RestartRequest request = CLEAT__V1__RESTART_REQUEST__INIT;
	bool set = false;
	int r = each_timeout(cli, &request.timeout_s, &set);

	if (r < 0)
		return r;
	request.namespace_ = cli_namespace(cli);
	request.id = name;
	request.timeout_set = set;
	return daemon_call(cli, &cleat__v1__containers__descriptor, "Restart", &request.base, NULL);
}

int command_restart(struct cli *cli)
{
	return each(cli, true, one);
}
