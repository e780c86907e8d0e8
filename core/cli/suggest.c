/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c - mistyped commands and flags, answered with the nearest one there is. */
#include "cli/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void add_set(struct strings *names, const struct flag *set)
{
	for (; set && set->name; set++)
		if (!set->hidden)
			(void)strings_add(names, set->name); /* one candidate fewer is no harm */
}

int suggest_flag(const struct command *command, const char *name, size_t len,
		 struct cleat_error *err)
{
	_cleanup_strings_ struct strings names = { 0 };
	char word[64];
	const char *near = NULL;

	(void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
	for (size_t i = 0; command && command->flags[i]; i++)
		add_set(&names, command->flags[i]);
	add_set(&names, global_flags);
	if (names.n > 0)
		near = text_nearest(word, (const char *const *)names.item);
	if (near)
		return cleat_fail(err, EINVAL, "unknown flag --%s; did you mean --%s?", word, near);
	return cleat_fail(err, EINVAL, "unknown flag --%s", word);
}

int suggest_command(const struct group *group, const char *word, struct cleat_error *err)
{
	_cleanup_strings_ struct strings names = { 0 };
	const char *near = NULL;

	for (const struct command *c = commands; c->name; c++)
		if (!c->hidden && (group ? c->group && text_eq(c->group, group->name) : !c->group))
			(void)strings_add(&names, c->name);
	for (const struct group *g = groups; !group && g->name; g++)
		(void)strings_add(&names, g->name);
	if (names.n > 0)
		near = text_nearest(word, (const char *const *)names.item);
	if (near)
		return cleat_fail(err, EINVAL, "unknown command '%s'; did you mean '%s%s%s'?", word,
				  group ? group->name : "", group ? " " : "", near);
	return cleat_fail(err, EINVAL, "unknown command '%s'; see 'cleat%s%s --help'", word,
			  group ? " " : "", group ? group->name : "");
}
