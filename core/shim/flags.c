/* SPDX-License-Identifier: Apache-2.0 */
/* flags.c - Go's flags: one dash or two, value in the same word or the next. */
#include "flags.h"

#include <string.h>

#include <cleat/cleanup.h>

struct value_flag {
	const char *name;
	const char **to;
};
struct bool_flag {
	const char *name;
	bool *to;
};

/* Words that @word takes from argv: 1, or 2 when its value is the next one; 0: not this flag. */
static int take_value(const struct value_flag *flag, char **argv, int left)
{
	const char *word = argv[0] + (argv[0][1] == '-' ? 2 : 1);
	size_t n = strlen(flag->name);

	if (strncmp(word, flag->name, n) != 0)
		return 0;
	if (word[n] == '=') {
		*flag->to = word + n + 1;
		return 1;
	}
	if (word[n] != '\0' || left < 2)
		return 0;
	*flag->to = argv[1];
	return 2;
}

static int take_bool(const struct bool_flag *flag, const char *argument)
{
	const char *word = argument + (argument[1] == '-' ? 2 : 1);
	size_t n = strlen(flag->name);

	if (strncmp(word, flag->name, n) != 0 || (word[n] != '\0' && word[n] != '='))
		return 0;
	*flag->to = strcmp(word + n, "=false") != 0;
	return 1;
}

void flags_parse(int argc, char **argv, struct flags *out)
{
	*out = (struct flags){ .namespace_ = "default", .id = "", .address = "", .action = "" };
	const struct value_flag values[] = {
		{ "namespace", &out->namespace_ }, { "publish-binary", &out->publish_binary },
		{ "address", &out->address },      { "bundle", &out->bundle },
		{ "socket", &out->socket },        { "id", &out->id },
		{ "console", &out->console },
	};
	const struct bool_flag bools[] = {
		{ "debug", &out->debug },
		{ "version", &out->version },
		{ "v", &out->version },
		{ "info", &out->info },
	};
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1]) {
		int taken = 0;

		for (size_t k = 0; !taken && k < ARRAY_SIZE(values); k++)
			taken = take_value(&values[k], argv + i, argc - i);
		for (size_t k = 0; !taken && k < ARRAY_SIZE(bools); k++)
			taken = take_bool(&bools[k], argv[i]);
		i += taken ? taken : 1;
	}
	if (i < argc)
		out->action = argv[i];
}
