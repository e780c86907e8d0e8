/* SPDX-License-Identifier: Apache-2.0 */
/* image_rm.c - cleat image rm: remove images, and say what went, as docker does. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int one(struct cli *cli, char *name)
{
	Cleat__V1__ImageRequest request = CLEAT__V1__IMAGE_REQUEST__INIT;
	Cleat__V1__ImageRemoveResponse *reply = NULL;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.name = name;
	request.force = words_on(&cli->words, "force");
	r = daemon_call(cli, &cleat__v1__images__descriptor, "Remove", &request.base, &reply);
	if (r < 0)
		return each_forced(cli, request.force, r);
	for (size_t i = 0; i < reply->n_untagged; i++)
		(void)printf("Untagged: %s\n", reply->untagged[i]);
	for (size_t i = 0; i < reply->n_deleted; i++)
		(void)printf("Deleted: %s\n", reply->deleted[i]);
	return 0;
}

int command_image_rm(struct cli *cli)
{
	return each(cli, false, one);
}
