/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleat_page.c - cleat(1) from the table of commands, for the build alone.
 *
 * What the table knows (flags, notes, examples) is not written a second time; what a reader needs
 * before a list of commands is of use to him is prose, and stands here.
 */
#include "page.h"

#include "base/roff.h"
#include "cli/table.h"

#include <string.h>

static const char head[] =
	".TH CLEAT 1 \"\" \"cleat " CLEAT_VERSION "\" \"User commands\"\n"
	".SH NAME\n"
	"cleat \\- run programs in containers\n"
	".SH SYNOPSIS\n"
	".B cleat\n"
	".RI [ FLAGS ]\n"
	".I COMMAND\n"
	".RI [ FLAGS ]\n"
	".RI [ ARG ...]\n"
	".SH DESCRIPTION\n"
	"A container is a program with a root filesystem, a network and limits of its own.\n"
	".B cleat\n"
	"makes containers from images, which are imported from archives, and starts, watches,\n"
	"stops and removes them. Its commands, flags, output and exit codes are those of\n"
	".BR docker (1)\n"
	"wherever both have something to say.\n"
	".PP\n"
	"The work is done by a daemon,\n"
	".BR cleatd (8),\n"
	"which\n"
	".B cleat\n"
	"starts when it is not running. Only root may use it. Containers do not depend on the\n"
	"daemon: it may be ended or killed at any moment, they run on, and the next command\n"
	"starts another daemon that knows them all.\n"
	".PP\n"
	"A container has an id of 64 hexadecimal digits and a name. Wherever a command takes a\n"
	".IR CONTAINER ,\n"
	"either will do, and so will the beginning of an id if only one container has it. Names and\n"
	"images belong to a namespace, \\(lqdefault\\(rq unless\n"
	".B \\-\\-namespace\n"
	"or\n"
	".B $CLEAT_NAMESPACE\n"
	"say otherwise; what is in another one is not seen.\n"
	".SS How flags are written\n"
	"A flag with an argument is written\n"
	".BR \\-\\-name = value\n"
	"or\n"
	".B \\-\\-name\n"
	".IR value ;\n"
	"one without is a switch, which\n"
	".BR \\-\\-name = false\n"
	"turns off. Single letters can be joined:\n"
	".B \\-it\n"
	"is\n"
	".BR \"\\-i \\-t\" .\n"
	"Where a flag is given twice the last one counts, except for those that make a list, as\n"
	".B \\-\\-env\n"
	"does.\n"
	".B \\-\\-\n"
	"ends the flags. Where the rest of the line is a program with arguments of its own\n"
	".RB ( run ,\n"
	".BR create ,\n"
	".BR exec ,\n"
	".BR top ),\n"
	"the first word that is no flag ends them too, so that\n"
	".B cleat run IMAGE ls \\-l\n"
	"needs no quotes. The flags of every command may also stand before its name.\n"
	".PP\n"
	"Bytes are written 4096, 64k, 64m or 1g, in powers of 1024; durations 250ms, 10s, 5m, 2h.\n"
	".SH FLAGS OF EVERY COMMAND\n";

static const char foot[] =
	".SH EXIT STATUS\n"
	"0 when all was done; 1 when something failed, also when only one of several containers that\n"
	"were named did: the others are gone on with. For\n"
	".B run\n"
	"and\n"
	".BR create ,\n"
	"and for\n"
	".B start\n"
	"with\n"
	".B \\-a\n"
	"or\n"
	".BR \\-i ,\n"
	"where 1 may be the program's own:\n"
	".TP\n"
	".B 125\n"
	"The engine failed before the program ran, or its output could not be written.\n"
	".TP\n"
	".B 126\n"
	"The program may not be executed.\n"
	".TP\n"
	".B 127\n"
	"There is no such program.\n"
	".TP\n"
	".BI 128+ n\n"
	"Signal\n"
	".I n\n"
	"ended it: 137 is KILL, also for want of memory, 143 is TERM.\n"
	".TP\n"
	".B 141\n"
	"Whoever read our output has left.\n"
	".PP\n"
	"Everything else is the program's own exit status.\n"
	".B exec\n"
	"has the same codes, but 1 for the engine, as docker has it. Errors are one line on standard error each,\n"
	"with the command's name in front.\n"
	".SH ENVIRONMENT\n"
	".TP\n"
	".B CLEAT_CONFIG\n"
	"Read this file alone, as\n"
	".B \\-\\-config\n"
	"does. A daemon that runs with another one is not used: the error names both.\n"
	".TP\n"
	".B CLEAT_NAMESPACE\n"
	"The namespace when\n"
	".B \\-\\-namespace\n"
	"is not given.\n"
	".TP\n"
	".BR LANG \", \" LC_ALL \", \" LC_CTYPE\n"
	"How wide letters are in tables. UTF-8 is printed whatever they say.\n"
	".SH FILES\n"
	".TP\n"
	".I /etc/cleat/cleat.ini\n"
	"The configuration, see\n"
	".BR cleat.ini (5).\n"
	".TP\n"
	".I /run/cleat/cleatd.sock\n"
	"Where the daemon listens.\n"
	".TP\n"
	".I /run/cleat/cleatd.log\n"
	"What a daemon says that\n"
	".B cleat\n"
	"has started.\n"
	".TP\n"
	".I /var/lib/cleat\n"
	"Containers, images and logs.\n"
	".SH SEE ALSO\n"
	".BR cleatd (8),\n"
	".BR cleat\\-oci (8),\n"
	".BR cleat.ini (5)\n";

/* ---- flags ------------------------------------------------------------------------------------------- */
static void flag(struct text *out, const struct flag *flag, bool letter)
{
	text_add(out, ".TP\n\\fB");
	if (letter && flag->letter)
		text_printf(out, "\\-%c\\fR, \\fB", flag->letter);
	text_add(out, "\\-\\-");
	roff_words(out, flag->name);
	text_add(out, flag->argument ? "\\fR \\fI" : "");
	roff_words(out, flag->argument ? flag->argument : "");
	text_add(out, "\\fR\n");
	roff_words(out, flag->help);
	text_add(out, flag->help[strlen(flag->help) - 1] == '.' ? "" : "."); /* "ro, rw ..." */
	text_add(out, flag->list ? " May be given several times.\n" : "\n");
}

static void flags(struct text *out, const struct flag *set, const struct command *command)
{
	for (; set->name; set++)
		if (!set->hidden)
			/* -h is the letter of --hostname where there is one */
			flag(out, set, !command || table_letter(command, set->letter) == set);
}

/* ---- commands ---------------------------------------------------------------------------------------- */
static void aliases(struct text *out, const char *list)
{
	text_add(out, ".PP\nAlso written ");
	for (; *list; list++) {
		if (*list != '|')
			text_add_bytes(out, list, 1);
		else
			text_add(out, strchr(list + 1, '|') ? ", " : " and ");
	}
	text_add(out, ".\n");
}

static void examples(struct text *out, const struct example *example)
{
	text_add(out, ".PP\n.RS\n.nf\n");
	for (; example->line; example++) {
		text_add(out, "# ");
		roff_words(out, example->does);
		text_add(out, "\n\\fB");
		roff_words(out, example->line);
		text_add(out, "\\fR\n");
	}
	text_add(out, ".fi\n.RE\n");
}

static void command(struct text *out, const struct command *c)
{
	char name[COMMAND_NAME];

	text_add(out, ".SS cleat ");
	roff_words(out, table_name(c, name));
	text_printf(out, "%s%s%s\n", c->flags[0] ? " [FLAGS]" : "", *c->arguments ? " " : "",
		    c->arguments);
	roff_words(out, c->summary);
	text_add(out, ".\n");
	if (c->notes) {
		text_add(out, ".PP\n");
		roff_paragraphs(out, c->notes);
	}
	if (c->aliases)
		aliases(out, c->aliases);
	for (size_t i = 0; c->flags[i]; i++)
		flags(out, c->flags[i], c);
	if (c->examples)
		examples(out, c->examples);
}

void page(struct text *out)
{
	text_add(out, head);
	flags(out, global_flags, NULL);
	text_add(out, ".SH COMMANDS\n");
	for (const struct command *c = commands; c->name; c++)
		if (!c->hidden && !c->group)
			command(out, c);
	for (const struct group *g = groups; g->name; g++) {
		text_add(out, ".SH ");
		for (const char *p = g->name; *p; p++)
			text_printf(out, "%c", *p - 'a' + 'A');
		text_add(out, " COMMANDS\n");
		roff_words(out, g->summary);
		text_add(out, ".\n");
		for (const struct command *c = commands; c->name; c++)
			if (!c->hidden && c->group && text_eq(c->group, g->name))
				command(out, c);
	}
	text_add(out, foot);
}
