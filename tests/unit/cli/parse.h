/* SPDX-License-Identifier: Apache-2.0 */
/* parse.h - the words of one command line, for tests. */
#ifndef TESTS_UNIT_CLI_PARSE_H
#define TESTS_UNIT_CLI_PARSE_H

#include "cli/cli.h"

/** PARSE(&cli, "run", "--rm", "x"): as main does it; the result of words_parse or table_find. */
#define PARSE(cli, ...) parse_words((cli), (char *[]){ __VA_ARGS__, NULL })

static inline int parse_words(struct cli *cli, char **argv)
{
	const struct group *group = NULL;
	const struct command *command = NULL;
	int used = 0;

	*cli = (struct cli){ 0 };
	command = table_find(argv, &used, &group);
	return command ? words_parse(&cli->words, command, argv + used, &cli->err) : -1;
}

static inline void parse_end(struct cli *cli)
{
	words_fini(&cli->words);
	arena_fini(&cli->arena);
}

#endif
