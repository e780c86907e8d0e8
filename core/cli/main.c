/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cleat: find the command that the words name, and run it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "cli/cli.h"
#include "cli/connect.h"
#include "cli/help.h"
#include "cli/suggest.h"

static int show(struct cli *cli, struct text *text)
{
	if (!text->bytes || text->failed)
		return 1;
	(void)fputs(text->bytes, stdout);
	return cli_end(cli, 0);
}

static int show_help(struct cli *cli, const struct command *command)
{
	_cleanup_text_ struct text text = { 0 };

	if (command)
		help_command(&text, command);
	else
		help_program(&text);
	return show(cli, &text);
}

/* The words named no command. */
static int no_command(struct cli *cli, const struct group *group, char *const *words)
{
	_cleanup_text_ struct text text = { 0 };
	bool asked = words[1] && (text_eq(words[1], "--help") || text_eq(words[1], "-h") ||
				  text_eq(words[1], "help"));

	if (group && (asked || !words[1])) {
		help_group(&text, group);
		return show(cli, &text);
	}
	return cli_fail(cli, suggest_command(group, words + (group ? 1 : 0), &cli->err));
}

static int run(struct cli *cli, char *const *argv)
{
	const struct group *group = NULL;
	const struct command *command = NULL;
	int used = words_global(&cli->words, argv, &cli->err);
	int r = 0;

	if (used < 0)
		return cli_fail(cli, used);
	argv += used;
	if (words_on(&cli->words, "version")) {
		(void)printf("cleat %s\n", CLEAT_VERSION);
		return cli_end(cli, 0);
	}
	if (!argv[0] || words_on(&cli->words, "help"))
		return show_help(cli, NULL);
	command = table_find(argv, &used, &group);
	if (!command)
		return no_command(cli, group, argv);
	r = words_parse(&cli->words, command, argv + used, &cli->err);
	if (r < 0)
		return cli_fail(cli, r);
	if (words_on(&cli->words, "help"))
		return show_help(cli, command);
	return command->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	int code = 0;

	if (fd_open_standard() < 0)
		return 125;
	/* A vanished reader is an error of write(2), to be handled where it happens. */
	(void)signal(SIGPIPE, SIG_IGN);
	code = run(&cli, argv + (argc > 0));
	disconnect(&cli);
	words_fini(&cli.words);
	arena_fini(&cli.arena);
	return code;
}
