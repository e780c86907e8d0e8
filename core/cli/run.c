/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - cleat run: make a container and run a program in it.
 *
 * The way down: Create (the row and the filesystem), Prepare (shim, and the program up to before its
 * execve), open the fifos, Start. The next hop is service/run.c in the daemon.
 */
#include <stdio.h>

#include "cli/attach.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/detach_keys.h"
#include "cli/make.h"
#include "cli/session.h"
#include "cli/terminal.h"

static int run_detached(struct cli *cli, const char *id)
{
	int r = attach_start(cli, id, NULL);

	if (r == 0)
		(void)printf("%s\n", id);
	return r;
}

static int run_attached(struct cli *cli, const Cleat__V1__ContainerConfig *config, const char *id,
			struct detach_keys *keys)
{
	struct attach attach = {
		.keys = keys,
		.id = id,
		.input = config->open_stdin,
		.sig_proxy = !words_given(&cli->words, "sig-proxy") ||
			     words_on(&cli->words, "sig-proxy"),
		.removed = config->auto_remove,
	};

	return attach_run(cli, &attach);
}

int command_run(struct cli *cli)
{
	Cleat__V1__ContainerConfig config;
	struct detach_keys keys;
	const char *id = NULL;
	bool detach = words_on(&cli->words, "detach");
	bool on = words_on(&cli->words, "tty");
	int r = attach_keys(cli, &keys);

	if (r == 0 && !detach)
		r = terminal_check(on, words_on(&cli->words, "interactive"), &cli->err);
	if (r == 0)
		r = make_container(cli, &config, &id);
	if (r < 0)
		return cli_fail(cli, r);
	r = detach ? run_detached(cli, id) : run_attached(cli, &config, id, &keys);
	if (r < 0 || cli->cannot)
		make_undo(cli, &config, id);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, r);
}
