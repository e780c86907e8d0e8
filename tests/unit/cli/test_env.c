/* SPDX-License-Identifier: Apache-2.0 */
/* test_env.c - variables by docker's rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/env.h"
#include "parse.h"
#include "support/unit.h"

static void files(void)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	char content[] =
		"\xef\xbb\xbf# comment\n\n  A=1\nB= two words \r\nUNSET_HERE\nSET_HERE\nC=a=b\n";
	char **out = NULL;
	size_t n = 0;

	(void)setenv("SET_HERE", "yes", 1);
	(void)unsetenv("UNSET_HERE");
	UNIT_OK(env_parse_file(&arena, "f", content, &out, &n, &err), err);
	CU_ASSERT_EQUAL_FATAL(n, 4);
	CU_ASSERT_STRING_EQUAL(out[0], "A=1");
	CU_ASSERT_STRING_EQUAL(out[1], "B= two words ");
	CU_ASSERT_STRING_EQUAL(out[2], "SET_HERE=yes");
	CU_ASSERT_STRING_EQUAL(out[3], "C=a=b");
	arena_fini(&arena);
}

static void bad_lines(void)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	char nameless[] = "A=1\n=x\n";
	char blank[] = "A B=1";
	char **out = NULL;
	size_t n = 0;

	UNIT_FAILS(env_parse_file(&arena, "f", nameless, &out, &n, &err), EINVAL, err,
		   "'f', line 2: no variable name");
	UNIT_FAILS(env_parse_file(&arena, "f", blank, &out, &n, &err), EINVAL, err,
		   "variable 'A B' contains whitespaces");
	arena_fini(&arena);
}

static void flags_come_after_files(void)
{
	struct cli cli;
	char **out = NULL;
	size_t n = 0;

	(void)unsetenv("NOT_SET");
	UNIT_OK(PARSE(&cli, "run", "-e", "X=1", "--env-file", "/dev/null", "-e", "NOT_SET", "-e",
		      "Y=", "img"),
		cli.err);
	UNIT_OK(env_collect(&cli, &out, &n), cli.err);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_STRING_EQUAL(out[0], "X=1");
	CU_ASSERT_STRING_EQUAL(out[1], "Y=");
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "-e", "=x", "img"), cli.err);
	UNIT_FAILS(env_collect(&cli, &out, &n), EINVAL, cli.err, "no name");
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "--env-file", "/nosuch", "img"), cli.err);
	UNIT_FAILS(env_collect(&cli, &out, &n), ENOENT, cli.err, "'/nosuch'");
	parse_end(&cli);
}

UNIT_MAIN("cli/env", UNIT_TEST(files), UNIT_TEST(bad_lines), UNIT_TEST(flags_come_after_files))
