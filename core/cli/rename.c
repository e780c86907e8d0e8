/* SPDX-License-Identifier: Apache-2.0 */
/* rename.c - cleat rename: give a container another name. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"

int command_rename(struct cli *cli)
{
	Cleat__V1__RenameRequest request = CLEAT__V1__RENAME_REQUEST__INIT;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.id = cli->words.args[0];
	request.name = cli->words.args[1];
	r = daemon_call(cli, &cleat__v1__containers__descriptor, "Rename", &request.base, NULL);
	return r < 0 ? cli_fail(cli, r) : 0;
}
