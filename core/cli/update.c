/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - cleat update: change limits and restart policy of containers. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/container_config.h"
#include "cli/each.h"
#include "cli/limits.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__UpdateRequest request = CLEAT__V1__UPDATE_REQUEST__INIT;
	const char *policy = words_text(&cli->words, "restart");
	int r = limits_collect(cli, &request.limits);

	if (r == 0 && policy)
		r = restart_check(cli, policy);
	if (r == 0)
		r = restart_options(cli, &request.restart_options, &request.n_restart_options);
	if (r < 0)
		return r;
	if (!request.limits && !policy && !request.n_restart_options)
		return cleat_fail(&cli->err, 22, "nothing to change: give at least one flag");
	request.namespace_ = cli_namespace(cli);
	request.id = name;
	request.restart = (char *)(policy ? policy : "");
	return daemon_call(cli, &cleat__v1__containers__descriptor, "Update", &request.base, NULL);
}

int command_update(struct cli *cli)
{
	return each(cli, true, one);
}
