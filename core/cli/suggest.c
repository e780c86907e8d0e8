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

/* ---- docker's words that are no commands here ------------------------------------------------------- */

/* Its nearest neighbour would be a wrong answer: `pull` is not a slip for `kill`. */
static const char *why_absent(const char *word)
{
	static const struct {
		const char *words, *why;
	} absent[] = {
		{ " pull push search login logout ",
		  "cleat fetches no images; `cleat image import` takes a tar or an OCI layout" },
		{ " build builder buildx commit ",
		  "cleat builds no images; `cleat image import` takes a tar or a directory" },
		{ " volume ",
		  "volumes have no names here; `-v HOST-DIR:TARGET` mounts a directory" },
		{ " network port ",
		  "cleat makes no networks; `cleat run --network` takes none, host, ns:PATH or "
		  "container:NAME" },
		{ " save export diff cp history prune compose swarm stack ",
		  "cleat has no such command; `cleat --help` lists those there are" },
	};
	char padded[32];

	(void)snprintf(padded, sizeof(padded), " %.24s ", word);
	for (size_t i = 0; *word && i < sizeof(absent) / sizeof(*absent); i++)
		if (!strchr(word, ' ') && strstr(absent[i].words, padded))
			return absent[i].why;
	return NULL;
}

/* `container` and `system` are first words of other spellings, and no groups of ours. */
static size_t add_second_words(struct strings *names, const char *first)
{
	size_t len = strlen(first);

	for (const struct command *c = commands; c->name; c++) {
		for (const char *p = c->aliases; p && *p; p += strcspn(p, "|"), p += *p == '|') {
			char two[COMMAND_NAME];

			(void)snprintf(two, sizeof(two), "%.*s", (int)strcspn(p, "|"), p);
			if (len && text_starts(two, first) && two[len] == ' ')
				(void)strings_add(names, two + len + 1);
		}
	}
	return names->n;
}

static int suggest_second(const struct strings *names, char *const *words, struct cleat_error *err)
{
	const char *near =
		words[1] ? text_nearest(words[1], (const char *const *)names->item) : NULL;

	if (near)
		return cleat_fail(err, EINVAL, "unknown command '%s %s'; did you mean '%s %s'?",
				  words[0], words[1], words[0], near);
	if (words[1])
		return cleat_fail(err, EINVAL, "unknown command '%s %s'; see 'cleat --help'",
				  words[0], words[1]);
	return cleat_fail(err, EINVAL,
			  "'%s' alone is no command; '%s %s' is one: see 'cleat --help'", words[0],
			  words[0], names->item[0]);
}

int suggest_command(const struct group *group, char *const *words, struct cleat_error *err)
{
	_cleanup_strings_ struct strings names = { 0 };
	_cleanup_strings_ struct strings seconds = { 0 };
	const char *word = words[0];
	const char *near = NULL;

	if (!group && why_absent(word))
		return cleat_fail(err, EINVAL, "there is no '%s': %s", word, why_absent(word));
	if (!group && add_second_words(&seconds, word) > 0)
		return suggest_second(&seconds, words, err);
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
