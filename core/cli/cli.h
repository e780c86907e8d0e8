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
	bool lost;                  /* the daemon closed the connection */
	bool cannot;                /* the program could not be run, and that was said */
	const char *daemon_version; /* of the daemon that answers; among the replies */
	uint32_t daemon_pid;
	int unprinted;  /* errno of a standard output that failed */
	void **replies; /* answers, kept until the end */
	size_t nreplies;
};

/** The namespace in force: --namespace, $CLEAT_NAMESPACE, "default". */
char *cli_namespace(const struct cli *cli);
/** --config or $CLEAT_CONFIG as an absolute path; NULL: the default files. */
const char *cli_config_file(struct cli *cli);
/** Print "cleat COMMAND: TEXT" from cli->err to stderr; the exit code that the command has for it. */
int cli_fail(struct cli *cli, int result);
/** The exit code of the command's own failures: 1, or 125 where 1 may be the program's. */
int cli_failure_code(const struct cli *cli);
/** Print cli->err but let the caller go on with its other arguments. */
void cli_complain(struct cli *cli);
/** Right after printing: let a reader have it now. -errno, also of an earlier failure. */
int cli_flush(struct cli *cli);
/** Flush stdout; @code, or 1 with a complaint when not everything could be written. */
int cli_end(struct cli *cli, int code);

#endif
