/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - cleat checkpoint create, ls and rm: what a running container has in memory, kept. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/each.h"
#include "rpc/pb/cleat.pb-c.h"

static int call(struct cli *cli, const char *method, bool leave_running)
{
	Cleat__V1__CheckpointRequest request = CLEAT__V1__CHECKPOINT_REQUEST__INIT;
	int r = connect_daemon(cli);

	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	request.name = cli->words.args[1];
	request.leave_running = leave_running;
	if (r == 0)
		r = daemon_call(cli, &cleat__v1__containers__descriptor, method, &request.base,
				NULL);
	if (r < 0)
		return cli_fail(cli, r);
	(void)printf("%s\n", request.name);
	return cli_end(cli, 0);
}

int command_checkpoint_create(struct cli *cli)
{
	return call(cli, "Checkpoint", words_on(&cli->words, "leave-running"));
}

int command_checkpoint_rm(struct cli *cli)
{
	return call(cli, "RemoveCheckpoint", false);
}

int command_checkpoint_ls(struct cli *cli)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;
	Cleat__V1__CheckpointsResponse *reply = NULL;
	int r = connect_daemon(cli);

	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	if (r == 0)
		r = daemon_call(cli, &cleat__v1__containers__descriptor, "Checkpoints",
				&request.base, &reply);
	if (r < 0)
		return cli_fail(cli, r);
	(void)printf("CHECKPOINT NAME\n");
	for (size_t i = 0; i < reply->n_names; i++)
		(void)printf("%s\n", reply->names[i]);
	return cli_end(cli, 0);
}
