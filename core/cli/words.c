/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - a command line taken apart by the command's table, as docker does it. */
#include "cli/words.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"

static struct given *given_for(const struct words *words, const struct flag *flag)
{
	for (size_t i = 0; i < words->ngiven; i++)
		if (words->given[i].flag == flag)
			return &words->given[i];
	return NULL;
}

static int add(struct words *words, const struct flag *flag, const char *value,
	       struct cleat_error *err)
{
	struct given *given = given_for(words, flag);

	if (!given) {
		struct given *more =
			realloc(words->given, (words->ngiven + 1) * sizeof(*words->given));

		if (!more)
			return cleat_fail(err, ENOMEM, "out of memory");
		words->given = more;
		given = &more[words->ngiven++];
		*given = (struct given){ .flag = flag };
	}
	if (strings_add(&given->values, value) < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}

/* A switch: @value NULL means on. */
static int add_switch(struct words *words, const struct flag *flag, const char *value,
		      struct cleat_error *err)
{
	bool on = true;

	if (value && text_to_bool(value, &on) < 0)
		return words_refuse(value, flag->name, err, "it is a switch: true or false");
	return add(words, flag, on ? "true" : "false", err);
}

/* --name, --name=value, --name value. Returns how many words it took. */
static int long_flag(struct words *words, char *const *argv, struct cleat_error *err)
{
	const char *name = argv[0] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct flag *flag = table_flag(words->command, name, len);
	int r = 0;

	if (!flag)
		return suggest_flag(words->command, name, len, err);
	if (!flag->argument) {
		r = add_switch(words, flag, equals ? equals + 1 : NULL, err);
		return r < 0 ? r : 1;
	}
	if (equals) {
		r = add(words, flag, equals + 1, err);
		return r < 0 ? r : 1;
	}
	if (!argv[1])
		return cleat_fail(err, EINVAL, "flag --%s needs an argument: %s", flag->name,
				  flag->argument);
	r = add(words, flag, argv[1], err);
	return r < 0 ? r : 2;
}

/* -i, -it, -eA=b, -e A=b, -e=A. Returns how many words it took. */
static int short_flags(struct words *words, char *const *argv, struct cleat_error *err)
{
	for (const char *p = argv[0] + 1; *p; p++) {
		const struct flag *flag = table_letter(words->command, *p);
		const char *rest = p[1] == '=' ? p + 2 : p + 1;
		int r = 0;

		if (!flag)
			return cleat_fail(err, EINVAL, "unknown flag -%c%s%s%s", *p,
					  argv[0][2] ? " in '" : "", argv[0][2] ? argv[0] : "",
					  argv[0][2] ? "'" : "");
		if (!flag->argument && p[1] == '=') {
			r = add_switch(words, flag, rest, err);
			return r < 0 ? r : 1;
		}
		if (!flag->argument) {
			r = add_switch(words, flag, NULL, err);
			if (r < 0)
				return r;
			continue;
		}
		if (!p[1] && !argv[1])
			return cleat_fail(err, EINVAL, "flag -%c needs an argument: %s", *p,
					  flag->argument);
		r = add(words, flag, p[1] ? rest : argv[1], err);
		if (r < 0)
			return r;
		return p[1] ? 1 : 2;
	}
	return 1;
}

static bool is_flag(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static int one_flag(struct words *words, char *const *argv, struct cleat_error *err)
{
	return argv[0][1] == '-' ? long_flag(words, argv, err) : short_flags(words, argv, err);
}

int words_global(struct words *words, char *const *argv, struct cleat_error *err)
{
	int used = 0;

	while (argv[used] && is_flag(argv[used]) && !text_eq(argv[used], "--")) {
		int r = one_flag(words, argv + used, err);

		if (r < 0)
			return r;
		used += r;
	}
	return used;
}

static int take_args(struct words *words, char *const *argv, struct cleat_error *err)
{
	const struct command *command = words->command;
	bool flags = true;

	for (int i = 0; argv[i];) {
		if (flags && text_eq(argv[i], "--")) {
			flags = false;
			i++;
		} else if (flags && is_flag(argv[i])) {
			int r = one_flag(words, argv + i, err);

			if (r < 0)
				return r;
			i += r;
		} else {
			words->args[words->nargs++] = argv[i++];
			/* docker's rule, so that `run IMAGE ls -l` needs no "--". */
			flags = flags && !command->own_args;
		}
	}
	return 0;
}

static int check_count(const struct words *words, struct cleat_error *err)
{
	const struct command *command = words->command;

	if (words->nargs < command->min_args && words->nargs == 0)
		return cleat_fail(err, EINVAL, "it needs %s", command->arguments);
	if (words->nargs < command->min_args)
		return cleat_fail(err, EINVAL, "too few arguments: it needs %s",
				  command->arguments);
	if (command->max_args == 0 && words->nargs > 0)
		return cleat_fail(err, EINVAL, "it takes no arguments, but got '%s'",
				  words->args[0]);
	if (command->max_args > 0 && words->nargs > command->max_args)
		return cleat_fail(err, EINVAL, "unexpected argument '%s': it takes %s",
				  words->args[command->max_args], command->arguments);
	return 0;
}

int words_parse(struct words *words, const struct command *command, char *const *argv,
		struct cleat_error *err)
{
	size_t n = 0;
	int r = 0;

	while (argv[n])
		n++;
	words->command = command;
	words->room = calloc(n + 1, sizeof(*words->room));
	if (!words->room)
		return cleat_fail(err, ENOMEM, "out of memory");
	words->args = words->room;
	r = take_args(words, argv, err);
	if (r < 0)
		return r;
	return words_on(words, "help") ? 0 : check_count(words, err);
}

void words_fini(struct words *words)
{
	for (size_t i = 0; i < words->ngiven; i++)
		strings_fini(&words->given[i].values);
	free(words->given);
	free(words->room);
	*words = (struct words){ 0 };
}

static const struct given *look_up(const struct words *words, const char *name)
{
	const struct flag *flag = table_flag(words->command, name, strlen(name));

	assert(flag && "a command asked for a flag that its table does not have");
	return given_for(words, flag);
}

bool words_given(const struct words *words, const char *flag)
{
	return look_up(words, flag) != NULL;
}

const char *words_text(const struct words *words, const char *flag)
{
	const struct given *given = look_up(words, flag);

	return given ? given->values.item[given->values.n - 1] : NULL;
}

bool words_on(const struct words *words, const char *flag)
{
	const char *value = words_text(words, flag);

	return value && text_eq(value, "true");
}

char *const *words_list(const struct words *words, const char *flag)
{
	static char *const none[] = { NULL };
	const struct given *given = look_up(words, flag);

	return given ? given->values.item : none;
}

size_t words_count(const struct words *words, const char *flag)
{
	const struct given *given = look_up(words, flag);

	return given ? given->values.n : 0;
}

int words_i64(const struct words *words, const char *flag, int64_t *out, struct cleat_error *err)
{
	const char *value = words_text(words, flag);

	if (value && text_to_i64(value, out) < 0)
		return words_refuse(value, flag, err, "it must be a whole number");
	return 0;
}

int words_refuse(const char *value, const char *flag, struct cleat_error *err, const char *fmt, ...)
{
	char why[400];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return cleat_fail(err, EINVAL, "invalid argument \"%s\" for --%s: %s", value, flag, why);
}
