/* SPDX-License-Identifier: Apache-2.0 */
/* kill.c - cleat kill: send a signal to containers. */
#include <signal.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__KillRequest request = CLEAT__V1__KILL_REQUEST__INIT;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.id = name;
	request.signal = SIGKILL;
	r = each_signal(cli, &request.signal);
	if (r < 0)
		return r;
	return daemon_call(cli, &cleat__v1__containers__descriptor, "Kill", &request.base, NULL);
}

int command_kill(struct cli *cli)
{
	return each(cli, true, one);
}
