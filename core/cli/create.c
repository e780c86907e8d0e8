/* SPDX-License-Identifier: Apache-2.0 */
/* create.c - cleat create: make a container without starting it. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/make.h"

int command_create(struct cli *cli)
{
	Cleat__V1__ContainerConfig config;
	const char *id = NULL;
	int r = make_container(cli, &config, &id);

	if (r < 0)
		return cli_fail(cli, r);
	(void)printf("%s\n", id);
	return cli_end(cli, 0);
}
