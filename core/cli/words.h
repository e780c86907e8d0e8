/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - a command line taken apart by the command's table, as docker does it.
 *
 * --name x, --name=x, -n x, -nx, -n=x, -itd; --switch=false; `--` ends the flags; for commands that run
 * another program so does the first positional argument.
 */
#ifndef CORE_CLI_WORDS_H
#define CORE_CLI_WORDS_H

#include <stdint.h>

#include <cleat/error.h>

#include "base/text.h"
#include "cli/table.h"

/** One flag that was given: its values in order. */
struct given {
	const struct flag *flag;
	struct strings values; /* of a switch "true" or "false" */
};

struct words {
	const struct command *command;
	struct given *given;
	size_t ngiven;
	char **args; /* positional arguments: borrowed from argv, NULL-ended */
	int nargs;
	char **room; /* what `args` points into */
};

/**
 * Read global flags from the front of @argv (without the program's name) until the command's name.
 * Returns how many words were used, or a negative errno.
 */
int words_global(struct words *words, char *const *argv, struct cleat_error *err);
/** Read the rest by @command's table. Does not look at the number of arguments when --help is given. */
int words_parse(struct words *words, const struct command *command, char *const *argv,
		struct cleat_error *err);
void words_fini(struct words *words);

/* Asking for a flag that the command's table does not have is a bug of ours and aborts. */
bool words_on(const struct words *words, const char *flag);
/** Was it given at all? */
bool words_given(const struct words *words, const char *flag);
/** The last value, or NULL. */
const char *words_text(const struct words *words, const char *flag);
/** All values in order, NULL-ended; never NULL. */
char *const *words_list(const struct words *words, const char *flag);
size_t words_count(const struct words *words, const char *flag);
/** A whole number; *out stays as it is when the flag is absent. EINVAL. */
int words_i64(const struct words *words, const char *flag, int64_t *out, struct cleat_error *err);
/** EINVAL with `invalid argument "VALUE" for --FLAG: WHY`. */
int words_refuse(const char *value, const char *flag, struct cleat_error *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
