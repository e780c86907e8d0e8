/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cleat-oci: an OCI runtime with runc's command line. */
#include "commands.h"
#include "report.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/seal.h"
#include "base/seal_entry.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The commands after which somebody else's code runs beside our program. */
const char seal_words[] = "create\0run\0exec\0";

static int print_version(struct cleat_error *err)
{
	/* Callers read the first three lines: name, commit, spec. */
	return report_print("cleat-oci version " CLEAT_VERSION "\ncommit: " CLEAT_COMMIT
			    "\nspec: 1.3.0\nlibseccomp: " CLEAT_LIBSECCOMP "\n",
			    err);
}

static int print_help(const struct command *command, struct cleat_error *err)
{
	_cleanup_text_ struct text help = { 0 };

	command_help(command, &help);
	if (help.failed)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(help.bytes, err);
}

/*
 * Flags may also stand behind the words of a command that has a fixed number of them, as in "delete ID -f".
 * Words are kept apart: argv itself is what we hand to our successor.
 */
static int parse_words(const struct command *command, struct arguments *arguments, char **words,
		       struct cleat_error *err)
{
	static const char *kept[16];
	bool flags = true;

	for (;;) {
		int used = flags ? arguments_parse(arguments, command->flags, words, err) : 0;

		if (used < 0)
			return used;
		flags = flags && (used == 0 || !text_eq(words[used - 1], "--"));
		words += used;
		if (!*words || command->max == UINT8_MAX)
			break;
		if (arguments->nrest == ARRAY_SIZE(kept) - 1)
			return cleat_fail(err, EINVAL, "too many words");
		kept[arguments->nrest++] = *words++;
		arguments->rest = kept;
	}
	if (!arguments->rest)
		arguments->rest = (const char *const *)words;
	while (arguments->rest[arguments->nrest])
		arguments->nrest++;
	return 0;
}

/* Parse the command's own flags, check the number of words, run it. */
static int run_command(const struct command *command, struct arguments *arguments, char **words,
		       struct cleat_error *err)
{
	/* The ones after which somebody else's code runs beside our program. */
	if (text_eq(command->name, "create") || text_eq(command->name, "run") ||
	    text_eq(command->name, "exec")) {
		int r = seal_program(arguments->argv, err);

		if (r < 0)
			return r;
	}
	if (parse_words(command, arguments, words, err) < 0)
		return cleat_wrap(err, "%s", command->name);
	if (arguments->help)
		return print_help(command, err);
	if (arguments->nrest < command->min ||
	    (command->max != UINT8_MAX && arguments->nrest > command->max))
		return cleat_fail(err, EINVAL, "usage: cleat-oci %s [FLAG...] %s", command->name,
				  command->words);
	return command->run(arguments, err);
}

static int run(struct arguments *arguments, char **words, const struct command **out_command,
	       struct cleat_error *err)
{
	int used = arguments_parse(arguments, global_flags, words, err);

	if (used < 0 || report_open(arguments, err) < 0)
		return -err->errnum;
	if (arguments->version)
		return print_version(err);
	words += used;
	if (arguments->help || !words[0] || text_eq(words[0], "help"))
		return print_help(words[0] && words[1] ? command_find(words[1]) : NULL, err);
	*out_command = command_find(words[0]);
	if (!*out_command)
		return command_unknown(words[0], err);
	return run_command(*out_command, arguments, words + 1, err);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .argv = argv };
	const struct command *command = NULL;
	struct cleat_error err = { 0 };

	(void)argc;
	if (fd_open_standard() < 0) {
		/* standard error may be there, if another one is not */
		(void)dprintf(STDERR_FILENO, "cleat-oci: cannot open '/dev/null': %s\n",
			      strerror(errno));
		return 1;
	}
	(void)umask(022);
	log_init("cleat-oci", CLEAT_WARN, false, STDERR_FILENO);
	int status = run(&arguments, argv + 1, &command, &err);

	arguments_fini(&arguments);
	if (status >= 0)
		return status;
	report_failure(&err);
	return command && command->failure ? command->failure : 1;
}
