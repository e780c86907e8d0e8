/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - what every command needs: its name in front of errors, and the global flags. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/columns.h"
#include "rpc/ttrpc.h"

char *cli_namespace(const struct cli *cli)
{
	const char *name = words_text(&cli->words, "namespace");

	if (!name)
		name = getenv("CLEAT_NAMESPACE");
	return (char *)(name && *name ? name : "default");
}

const char *cli_config_file(struct cli *cli)
{
	const char *file = words_text(&cli->words, "config");
	char *cwd = NULL;

	if (!file)
		file = getenv("CLEAT_CONFIG");
	if (!file || !*file)
		return NULL;
	if (*file == '/')
		return file;
	/* The daemon's working directory is the root directory. */
	cwd = getcwd(NULL, 0);
	file = arena_printf(&cli->arena, "%s/%s", cwd ? cwd : "", file);
	free(cwd);
	return file;
}

/* ttrpc's "method Stats", from a daemon of an earlier version that is still there after an upgrade. */
static void explain_unknown_method(struct cli *cli)
{
	char method[64];

	if (!cli->daemon_version || rpc_code_of(cli->err.errnum) != RPC_UNIMPLEMENTED ||
	    sscanf(cli->err.text, "method %63[A-Za-z]", method) != 1 ||
	    strlen(cli->err.text) != strlen("method ") + strlen(method))
		return;
	cleat_fail(&cli->err, cli->err.errnum,
		   "cleatd (pid %u) is of version %s and does not know '%s'; end it (kill %u): "
		   "containers stay, and the next command starts this version's",
		   cli->daemon_pid, cli->daemon_version, method, cli->daemon_pid);
}

void cli_complain(struct cli *cli)
{
	const struct command *command = cli->words.command;
	char name[COMMAND_NAME];

	explain_unknown_method(cli);
	/* It may quote what a container or an archive chose to be called. */
	(void)columns_clean(cli->err.text);
	/* So that a reader of both sees them in the order in which they happened. */
	(void)fflush(stdout);
	if (command)
		(void)fprintf(stderr, "cleat %s: %s\n", table_name(command, name), cli->err.text);
	else
		(void)fprintf(stderr, "cleat: %s\n", cli->err.text);
}

int cli_failure_code(const struct cli *cli)
{
	const struct command *command = cli->words.command;

	return command && command->engine_failure ? command->engine_failure : 1;
}

int cli_fail(struct cli *cli, int result)
{
	(void)result;
	cli_complain(cli);
	return cli_failure_code(cli);
}

int cli_flush(struct cli *cli)
{
	if (!cli->unprinted && (fflush(stdout) != 0 || ferror(stdout)))
		cli->unprinted = errno ? errno : EIO;
	return -cli->unprinted;
}

int cli_end(struct cli *cli, int code)
{
	if (cli_flush(cli) == 0)
		return code;
	/* A reader that has seen enough is no error to talk about. */
	if (cli->unprinted != EPIPE) {
		cleat_fail(&cli->err, cli->unprinted, "cannot write to standard output: %m");
		cli_complain(cli);
	}
	return code ? code : 1;
}
