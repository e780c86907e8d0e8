/* SPDX-License-Identifier: Apache-2.0 */
/* image_tag.c - cleat image tag: give an image one more name. */
#include "cli/commands.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"

int command_image_tag(struct cli *cli)
{
	Cleat__V1__ImageTagRequest request = CLEAT__V1__IMAGE_TAG_REQUEST__INIT;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.name = cli->words.args[0];
	request.target = cli->words.args[1];
	r = daemon_call(cli, &cleat__v1__images__descriptor, "Tag", &request.base, NULL);
	return r < 0 ? cli_fail(cli, r) : 0;
}
