/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c - flags as Go's programs take them, since callers write them that way. */
#include "arguments.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

enum { MAX_FLAGS = 64 };

static const struct flag *find(const struct flag *flags, const char *name, size_t len)
{
	for (; flags->name; flags++)
		if ((strlen(flags->name) == len && strncmp(flags->name, name, len) == 0) ||
		    (len == 1 && flags->letter && *name == flags->letter))
			return flags;
	return NULL;
}

static int unknown(const struct flag *flags, const char *word, struct cleat_error *err)
{
	const char *names[MAX_FLAGS + 1] = { NULL };
	const char *near = NULL;
	size_t n = 0;

	for (; flags->name && n < MAX_FLAGS; flags++)
		names[n++] = flags->name;
	near = text_nearest(word + strspn(word, "-"), names);
	if (!near)
		return cleat_fail(err, EINVAL, "unknown flag '%.100s'", word);
	return cleat_fail(err, EINVAL, "unknown flag '%.100s', did you mean '--%s'?", word, near);
}

static int set(struct arguments *arguments, const struct flag *flag, const char *value,
	       struct cleat_error *err)
{
	void *field = (char *)arguments + flag->offset;

	switch (flag->kind) {
	case FLAG_BOOL:
		if (value && text_to_bool(value, field) < 0)
			return cleat_fail(err, EINVAL, "flag '--%s' is true or false, not '%.100s'",
					  flag->name, value);
		if (!value)
			*(bool *)field = true;
		return 0;
	case FLAG_LIST:
		if (strings_add(field, value) < 0)
			return cleat_fail(err, ENOMEM, "out of memory");
		return 0;
	case FLAG_U32:
		if (text_to_u32(value, field) < 0)
			return cleat_fail(err, EINVAL, "flag '--%s' takes a number, not '%.100s'",
					  flag->name, value);
		return 0;
	default:
		*(const char **)field = value;
		return 0;
	}
}

/* One flag at words[0]; returns how many words it took. */
static int parse_one(struct arguments *arguments, const struct flag *flags, char **words,
		     struct cleat_error *err)
{
	const char *name = words[0] + strspn(words[0], "-");
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct flag *flag = find(flags, name, len);
	const char *value = equals ? equals + 1 : NULL;
	int used = 1;

	if (!flag)
		return unknown(flags, words[0], err);
	if (flag->kind != FLAG_BOOL && !value) {
		value = words[1];
		used = 2;
		if (!value)
			return cleat_fail(err, EINVAL, "flag '--%s' needs a value", flag->name);
	}
	return set(arguments, flag, value, err) < 0 ? -err->errnum : used;
}

int arguments_parse(struct arguments *arguments, const struct flag *flags, char **words,
		    struct cleat_error *err)
{
	int used = 0;

	while (words[used] && words[used][0] == '-' && words[used][1]) {
		if (text_eq(words[used], "--"))
			return used + 1;
		int n = parse_one(arguments, flags, words + used, err);

		if (n < 0)
			return n;
		used += n;
	}
	return used;
}

void arguments_fini(struct arguments *arguments)
{
	strings_fini(&arguments->env);
	strings_fini(&arguments->capabilities);
	strings_fini(&arguments->groups);
	strings_fini(&arguments->empty_ns);
}
