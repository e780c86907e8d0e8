/* SPDX-License-Identifier: Apache-2.0 */
/* test_table.c - the table is sound, and words find their command. */
#include <string.h>

#include "cli/help.h"
#include "cli/suggest.h"
#include "support/unit.h"

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static const struct command *find(char *a, char *b, int *used)
{
	const struct group *group = NULL;
	char *words[] = { a, b, NULL };

	return table_find(words, used, &group);
}

static void words_find_commands(void)
{
	const struct group *group = NULL;
	char *words[] = { "image", "improt", NULL };
	int used = 0;

	CU_ASSERT_STRING_EQUAL_FATAL(find("run", "x", &used)->name, "run");
	CU_ASSERT_EQUAL(used, 1);
	CU_ASSERT_STRING_EQUAL_FATAL(find("image", "import", &used)->name, "import");
	CU_ASSERT_EQUAL(used, 2);
	CU_ASSERT_STRING_EQUAL_FATAL(find("images", NULL, &used)->name, "ls");
	CU_ASSERT_EQUAL(used, 1);
	CU_ASSERT_STRING_EQUAL_FATAL(find("container", "rm", &used)->name, "rm");
	CU_ASSERT_EQUAL(used, 2);
	CU_ASSERT_PTR_NULL(find("ru", NULL, &used));
	CU_ASSERT_PTR_NULL(find("import", NULL, &used));
	CU_ASSERT_PTR_NULL(table_find(words, &used, &group));
	CU_ASSERT_STRING_EQUAL_FATAL(group->name, "image");
}

static void mistyped_commands_have_a_neighbour(void)
{
	struct cleat_error err = { 0 };

	CU_ASSERT(suggest_command(NULL, WORDS("rnu"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "did you mean 'run'?"));
	CU_ASSERT(suggest_command(&groups[0], WORDS("improt"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "did you mean 'image import'?"));
	CU_ASSERT(suggest_command(NULL, WORDS("zzzzzzzz"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cleat --help"));
}

static void words_of_docker_have_an_answer(void)
{
	struct cleat_error err = { 0 };

	/* not 'kill', whatever is nearest */
	CU_ASSERT(suggest_command(NULL, WORDS("pull", "debian"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "there is no 'pull': cleat fetches no images"));
	CU_ASSERT(suggest_command(NULL, WORDS("network", "ls"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "--network"));
	/* part of a word is not the word */
	CU_ASSERT(suggest_command(NULL, WORDS("puls"), &err) < 0);
	CU_ASSERT_PTR_NULL(strstr(err.text, "fetches"));
	CU_ASSERT(suggest_command(NULL, WORDS(""), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "unknown command ''"));
	/* its groups that are only other spellings here */
	CU_ASSERT(suggest_command(NULL, WORDS("container", "insepct"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "did you mean 'container inspect'?"));
	CU_ASSERT(suggest_command(NULL, WORDS("container"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "'container run' is one"));
	CU_ASSERT(suggest_command(NULL, WORDS("system", "df"), &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "unknown command 'system df'"));
}

static unsigned count_flag(const struct command *c, const char *name, char letter)
{
	unsigned n = 0;

	for (size_t i = 0; c->flags[i]; i++)
		for (const struct flag *f = c->flags[i]; f->name; f++)
			n += name ? strcmp(f->name, name) == 0 : f->letter == letter;
	return n;
}

static void each_row_is_complete(void)
{
	char name[COMMAND_NAME];

	for (const struct command *c = commands; c->name; c++) {
		table_name(c, name);
		CU_ASSERT(c->summary && c->arguments && c->run != NULL);
		CU_ASSERT(c->summary[strlen(c->summary) - 1] != '.');
		CU_ASSERT(c->examples && c->examples[0].line &&
			  strstr(c->examples[0].line, "cleat ") != NULL);
		CU_ASSERT(c->max_args < 0 || c->max_args >= c->min_args);
		for (size_t i = 0; c->flags[i]; i++)
			for (const struct flag *f = c->flags[i]; f->name; f++) {
				CU_ASSERT(f->help && !(f->help[strlen(f->help) - 1] == '.' &&
						       !strstr(f->help, "...")));
				CU_ASSERT_EQUAL(count_flag(c, f->name, 0), 1);
				if (f->letter)
					CU_ASSERT_EQUAL(count_flag(c, NULL, f->letter), 1);
				if (f->list || f->words)
					CU_ASSERT_PTR_NOT_NULL(f->argument);
			}
	}
}

static void help_shows_every_flag(void)
{
	for (const struct command *c = commands; c->name; c++) {
		_cleanup_text_ struct text text = { 0 };

		help_command(&text, c);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text.bytes);
		CU_ASSERT_PTR_NOT_NULL(strstr(text.bytes, c->examples[0].line));
		for (size_t i = 0; c->flags[i]; i++)
			for (const struct flag *f = c->flags[i]; f->name; f++)
				CU_ASSERT((strstr(text.bytes, f->help) != NULL) == !f->hidden ||
					  f->hidden);
	}
}

static void help_of_the_program_lists_every_command(void)
{
	_cleanup_text_ struct text text = { 0 };
	char line[64];

	help_program(&text);
	for (const struct command *c = commands; c->name; c++) {
		(void)snprintf(line, sizeof(line), "\n  %s ", c->group ? c->group : c->name);
		CU_ASSERT_PTR_NOT_NULL(strstr(text.bytes, line));
	}
	for (const struct group *g = groups; g->name; g++) {
		_cleanup_text_ struct text of_group = { 0 };

		help_group(&of_group, g);
		CU_ASSERT_PTR_NOT_NULL(strstr(of_group.bytes, g->summary));
	}
}

UNIT_MAIN("cli/table", UNIT_TEST(words_find_commands),
	  UNIT_TEST(mistyped_commands_have_a_neighbour), UNIT_TEST(words_of_docker_have_an_answer),
	  UNIT_TEST(each_row_is_complete), UNIT_TEST(help_shows_every_flag),
	  UNIT_TEST(help_of_the_program_lists_every_command))
