/* SPDX-License-Identifier: Apache-2.0 */
/* restart_reset.c - cleat restart-reset: forget the failures of containers. */
#include "cli/commands.h"
#include "cli/each.h"

static int one(struct cli *cli, char *name)
{
	return each_simple(cli, "RestartReset", name);
}

int command_restart_reset(struct cli *cli)
{
	return each(cli, true, one);
}
