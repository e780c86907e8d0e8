/* SPDX-License-Identifier: Apache-2.0 */
/* stop.c - cleat stop: stop containers: their stop signal, and KILL after a while. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__StopRequest request = CLEAT__V1__STOP_REQUEST__INIT;
	Cleat__V1__IdResponse *reply = NULL;
	bool set = false;
	int r = each_timeout(cli, &request.timeout_s, &set);

	if (r == 0)
		r = each_signal(cli, &request.signal);
	if (r < 0)
		return r;
	request.namespace_ = cli_namespace(cli);
	request.id = name;
	request.timeout_set = set;
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "Stop", &request.base, &reply);
	for (size_t i = 0; r == 0 && i < reply->n_warnings; i++)
		(void)fprintf(stderr, "cleat: warning: %s\n", reply->warnings[i]);
	return r;
}

int command_stop(struct cli *cli)
{
	return each(cli, true, one);
}
