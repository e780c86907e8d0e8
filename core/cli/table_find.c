/* SPDX-License-Identifier: Apache-2.0 */
/* table_find.c - look things up in the table of commands. */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct flag *in_set(const struct flag *set, const char *name, size_t len)
{
	for (; set->name; set++)
		if (strlen(set->name) == len && memcmp(set->name, name, len) == 0)
			return set;
	return NULL;
}

const struct flag *table_flag(const struct command *command, const char *name, size_t len)
{
	const struct flag *found = NULL;

	for (size_t i = 0; command && !found && command->flags[i]; i++)
		found = in_set(command->flags[i], name, len);
	return found ? found : in_set(global_flags, name, len);
}

static const struct flag *letter_in_set(const struct flag *set, char letter)
{
	for (; set->name; set++)
		if (set->letter == letter)
			return set;
	return NULL;
}

const struct flag *table_letter(const struct command *command, char letter)
{
	const struct flag *found = NULL;

	for (size_t i = 0; command && !found && command->flags[i]; i++)
		found = letter_in_set(command->flags[i], letter);
	return found ? found : letter_in_set(global_flags, letter);
}

const char *table_name(const struct command *command, char out[COMMAND_NAME])
{
	(void)snprintf(out, COMMAND_NAME, "%s%s%s", command->group ? command->group : "",
		       command->group ? " " : "", command->name);
	return out;
}

/* Does the list @spellings ("images|image list") hold the words? How many of them it takes, or 0. */
static int matches(const char *spellings, char *const *words)
{
	char one[COMMAND_NAME];
	char two[2 * COMMAND_NAME];

	while (spellings && *spellings) {
		size_t len = strcspn(spellings, "|");

		(void)snprintf(one, sizeof(one), "%.*s", (int)len, spellings);
		if (text_eq(one, words[0]))
			return 1;
		(void)snprintf(two, sizeof(two), "%.40s %.40s", words[0], words[1] ? words[1] : "");
		if (words[1] && text_eq(one, two))
			return 2;
		spellings += len + (spellings[len] == '|');
	}
	return 0;
}

const struct command *table_find(char *const *words, int *out_used, const struct group **out_group)
{
	char name[COMMAND_NAME];

	*out_group = NULL;
	for (const struct command *c = commands; c->name; c++) {
		*out_used = matches(table_name(c, name), words);
		if (*out_used == 0)
			*out_used = matches(c->aliases, words);
		if (*out_used > 0)
			return c;
	}
	for (const struct group *g = groups; g->name; g++)
		if (text_eq(g->name, words[0]))
			*out_group = g;
	return NULL;
}
