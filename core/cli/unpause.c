/* SPDX-License-Identifier: Apache-2.0 */
/* unpause.c - cleat unpause: let frozen containers go on. */
#include "cli/commands.h"
#include "cli/each.h"

static int one(struct cli *cli, char *name)
{
	return each_simple(cli, "Resume", name);
}

int command_unpause(struct cli *cli)
{
	return each(cli, true, one);
}
