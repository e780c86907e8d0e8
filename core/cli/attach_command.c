/* SPDX-License-Identifier: Apache-2.0 */
/* attach_command.c - cleat attach: come to a program that runs, as one of several. */
#include "cli/attach.h"
#include "cli/commands.h"
#include "cli/detach_keys.h"
#include "cli/session.h"

int command_attach(struct cli *cli)
{
	struct detach_keys keys;
	struct session_plan plan = {
		.id = cli->words.args[0],
		.attach = true,
		.running = true,
		.input = !words_on(&cli->words, "no-stdin"),
		.sig_proxy = !words_given(&cli->words, "sig-proxy") ||
			     words_on(&cli->words, "sig-proxy"),
		.keys = &keys,
	};
	int r = attach_keys(cli, &keys);

	if (r == 0)
		r = session_run(cli, &plan);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, r);
}
