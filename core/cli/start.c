/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - cleat start: start containers, or one of them in the foreground. */
#include "cli/attach.h"
#include "cli/commands.h"
#include "cli/detach_keys.h"
#include "cli/each.h"

enum { ENGINE_FAILED = 125 };

static int one(struct cli *cli, char *name)
{
	return attach_start(cli, name, words_text(&cli->words, "checkpoint"));
}

static int start_attached(struct cli *cli)
{
	struct detach_keys keys;
	struct attach attach = {
		.keys = &keys,
		.id = cli->words.args[0],
		.input = words_on(&cli->words, "interactive"),
		.sig_proxy = !words_given(&cli->words, "sig-proxy") ||
			     words_on(&cli->words, "sig-proxy"),
	};
	int r = 0;

	if (cli->words.nargs != 1)
		r = cleat_fail(&cli->err, 22, "only one container can be attached to");
	if (r == 0 && words_given(&cli->words, "checkpoint"))
		r = cleat_fail(&cli->err, 22, "--checkpoint starts a container in the background");
	if (r == 0)
		r = attach_keys(cli, &keys);
	if (r == 0)
		r = attach_run(cli, &attach);
	if (r >= 0)
		return cli_end(cli, r);
	cli_complain(cli);
	return ENGINE_FAILED;
}

int command_start(struct cli *cli)
{
	if (words_on(&cli->words, "attach") || words_on(&cli->words, "interactive"))
		return start_attached(cli);
	return each(cli, true, one);
}
