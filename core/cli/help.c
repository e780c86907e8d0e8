/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - help for the program, a group and a command, made from the table. */
#include "cli/help.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/suggest.h"

enum { HELP_COLUMN = 34 }; /* where the explanations of flags begin */

static void add_row(struct text *out, const char *left, int column, const char *right)
{
	/* A long left side gets a line of its own. */
	if ((int)strlen(left) > column - 2)
		text_printf(out, "%s\n%*s%s\n", left, column, "", right);
	else
		text_printf(out, "%-*s%s\n", column, left, right);
}

static void add_flags(struct text *out, const struct flag *set)
{
	char left[96];

	for (; set->name; set++) {
		char letter[5] = "    ";

		if (set->hidden)
			continue;
		if (set->letter)
			(void)snprintf(letter, sizeof(letter), "-%c, ", set->letter);
		(void)snprintf(left, sizeof(left), "  %s--%s%s%s", letter, set->name,
			       set->argument ? " " : "", set->argument ? set->argument : "");
		add_row(out, left, HELP_COLUMN, set->help);
	}
}

/* -h is another flag's letter in run and create. */
static void add_global_flags(struct text *out, const struct command *command)
{
	char left[64];

	for (const struct flag *flag = global_flags; flag->name; flag++) {
		bool letter =
			flag->letter && (!command || table_letter(command, flag->letter) == flag);

		if (flag->hidden)
			continue;
		(void)snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", letter ? '-' : ' ',
			       letter ? flag->letter : ' ', letter ? ", " : "  ", flag->name,
			       flag->argument ? " " : "", flag->argument ? flag->argument : "");
		add_row(out, left, HELP_COLUMN, flag->help);
	}
}

static void add_examples(struct text *out, const struct example *example)
{
	if (!example)
		return;
	text_add(out, "\nExamples:\n");
	for (; example->line; example++)
		text_printf(out, "  # %s\n  %s\n", example->does, example->line);
}

static void add_commands(struct text *out, const char *group)
{
	char left[64];

	for (const struct command *c = commands; c->name; c++) {
		if (c->hidden ||
		    (group ? !c->group || !text_eq(c->group, group) : c->group != NULL))
			continue;
		(void)snprintf(left, sizeof(left), "  %s", c->name);
		add_row(out, left, 18, c->summary);
	}
}

void help_program(struct text *out)
{
	char left[64];

	text_add(out,
		 "Usage: cleat [FLAGS] COMMAND [ARG...]\n\n"
		 "Run programs in containers. cleatd, the engine, is started when it is needed.\n\n"
		 "Commands:\n");
	add_commands(out, NULL);
	text_add(out, "\nGroups of commands:\n");
	for (const struct group *g = groups; g->name; g++) {
		(void)snprintf(left, sizeof(left), "  %s", g->name);
		add_row(out, left, 18, g->summary);
	}
	text_add(out, "\nFlags of every command:\n");
	add_global_flags(out, NULL);
	text_add(out, "\nExamples:\n"
		      "  # make an image from a root filesystem\n"
		      "  cleat image import debian.tar debian:bookworm\n"
		      "  # run a program in it\n"
		      "  cleat run --rm debian:bookworm cat /etc/os-release\n"
		      "\n'cleat help COMMAND' explains a command.\n");
}

void help_group(struct text *out, const struct group *group)
{
	text_printf(out, "Usage: cleat %s COMMAND [ARG...]\n\n%s.\n\nCommands:\n", group->name,
		    group->summary);
	add_commands(out, group->name);
	text_add(out, "\nExamples:\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->group && text_eq(c->group, group->name) && c->examples)
			text_printf(out, "  %s\n", c->examples[0].line);
	text_printf(out, "\n'cleat help %s COMMAND' explains a command.\n", group->name);
}

static void add_aliases(struct text *out, const struct command *command)
{
	if (!command->aliases)
		return;
	text_add(out, "\nAlso: ");
	for (const char *p = command->aliases; *p; p++) {
		if (*p == '|')
			text_add(out, ", ");
		else
			text_add_bytes(out, p, 1);
	}
	text_add(out, "\n");
}

void help_command(struct text *out, const struct command *command)
{
	char name[COMMAND_NAME];

	text_printf(out, "Usage: cleat %s%s%s%s\n\n%s.\n", table_name(command, name),
		    command->flags[0] ? " [FLAGS]" : "", command->arguments[0] ? " " : "",
		    command->arguments, command->summary);
	if (command->notes)
		text_printf(out, "\n%s\n", command->notes);
	if (command->flags[0])
		text_add(out, "\nFlags:\n");
	for (size_t i = 0; command->flags[i]; i++)
		add_flags(out, command->flags[i]);
	text_add(out, "\nFlags of every command:\n");
	add_global_flags(out, command);
	add_aliases(out, command);
	add_examples(out, command->examples);
}

static int print(struct cli *cli, struct text *out)
{
	(void)fputs(out->bytes ? out->bytes : "", stdout);
	return cli_end(cli, out->failed ? 1 : 0);
}

int command_help(struct cli *cli)
{
	_cleanup_text_ struct text out = { 0 };
	const struct group *group = NULL;
	const struct command *command = NULL;
	int used = 0;

	if (cli->words.nargs == 0) {
		help_program(&out);
		return print(cli, &out);
	}
	command = table_find(cli->words.args, &used, &group);
	if (command && used < cli->words.nargs)
		return cli_fail(cli, cleat_fail(&cli->err, EINVAL,
						"unexpected argument '%s': it takes [COMMAND]",
						cli->words.args[used]));
	if (command)
		help_command(&out, command);
	else if (group && cli->words.nargs == 1)
		help_group(&out, group);
	else
		return cli_fail(
			cli, suggest_command(group, cli->words.args + (group ? 1 : 0), &cli->err));
	return print(cli, &out);
}
