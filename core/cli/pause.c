/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - cleat pause: freeze containers. */
#include "cli/commands.h"
#include "cli/each.h"

static int one(struct cli *cli, char *name)
{
	return each_simple(cli, "Pause", name);
}

int command_pause(struct cli *cli)
{
	return each(cli, true, one);
}
