/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h - what one run of `cleat` has: its words, its error, its memory and its connection. */
#ifndef CORE_CLI_CLI_H
#define CORE_CLI_CLI_H

#include <cleat/error.h>

#include "cli/arena.h"
#include "cli/words.h"

struct config;
struct loop;
struct rpc_client;

struct cli {
	struct words words;
	struct cleat_error err;
	struct arena arena;
	struct config *config; /* opened when asked for */
	struct loop *loop;
	struct rpc_client *client;
	bool lost;      /* the daemon closed the connection */
	bool cannot;    /* the program could not be run, and that was said */
	void **replies; /* answers, kept until the end */
	size_t nreplies;
};

/** The namespace in force: --namespace, $CLEAT_NAMESPACE, "default". */
char *cli_namespace(const struct cli *cli);
/** --config or $CLEAT_CONFIG as an absolute path; NULL: the default files. */
const char *cli_config_file(struct cli *cli);
/** Print "cleat COMMAND: TEXT" from cli->err to stderr; the exit code that the command has for it. */
int cli_fail(struct cli *cli, int result);
/** Print cli->err but let the caller go on with its other arguments. */
void cli_complain(struct cli *cli);
/** Flush stdout; @code, or 1 with a complaint when not everything could be written. */
int cli_end(struct cli *cli, int code);

#endif
