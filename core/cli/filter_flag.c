/* SPDX-License-Identifier: Apache-2.0 */
/* filter_flag.c - --filter KEY=VALUE, with the keys that a command has. */
#include "cli/filter_flag.h"

#include <string.h>

static bool is_known(const char *const *known, const char *key)
{
	while (*known && !text_eq(*known, key))
		known++;
	return *known;
}

static int refuse(struct cli *cli, const char *item, const char *const *known)
{
	_cleanup_text_ struct text keys = { 0 };

	for (size_t i = 0; known[i]; i++)
		text_printf(&keys, "%s%s", i ? ", " : "", known[i]);
	return words_refuse(item, "filter", &cli->err, "it is KEY=VALUE with one of %s",
			    keys.bytes ? keys.bytes : "");
}

int filter_flag(struct cli *cli, const char *const *known, Cleat__V1__Label ***out, size_t *out_n)
{
	for (char *const *item = words_list(&cli->words, "filter"); *item; item++) {
		Cleat__V1__Label *filter = arena_alloc(&cli->arena, sizeof(*filter));
		size_t len = strcspn(*item, "=");

		cleat__v1__label__init(filter);
		filter->key = arena_text_n(&cli->arena, *item, len);
		filter->value = *item + len + ((*item)[len] ? 1 : 0);
		if (!(*item)[len] || !is_known(known, filter->key))
			return refuse(cli, *item, known);
		arena_append(&cli->arena, out, out_n, filter);
	}
	return 0;
}
