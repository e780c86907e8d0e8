/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c - command lines as docker's users write them. */
#include <errno.h>
#include <string.h>

#include "support/unit.h"
#include "parse.h"

static void both_spellings_of_a_value(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--name", "a", "--hostname=b", "-m64m", "-e", "X=1", "-eY=2",
		      "-w=/t", "img"),
		cli.err);
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "name"), "a");
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "hostname"), "b");
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "memory"), "64m");
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "workdir"), "/t");
	CU_ASSERT_EQUAL_FATAL(words_count(&cli.words, "env"), 2);
	CU_ASSERT_STRING_EQUAL(words_list(&cli.words, "env")[0], "X=1");
	CU_ASSERT_STRING_EQUAL(words_list(&cli.words, "env")[1], "Y=2");
	CU_ASSERT_FALSE(words_given(&cli.words, "user"));
	parse_end(&cli);
}

static void letters_in_one_word(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "-itd", "--rm", "-itecX=1", "img"), cli.err);
	CU_ASSERT_TRUE(words_on(&cli.words, "interactive"));
	CU_ASSERT_TRUE(words_on(&cli.words, "tty"));
	CU_ASSERT_TRUE(words_on(&cli.words, "detach"));
	CU_ASSERT_TRUE(words_on(&cli.words, "rm"));
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "env"), "cX=1");
	parse_end(&cli);
}

static void switches_can_be_turned_off(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--rm", "--rm=false", "-t=false", "--sig-proxy=0", "img"),
		cli.err);
	CU_ASSERT_FALSE(words_on(&cli.words, "rm"));
	CU_ASSERT_FALSE(words_on(&cli.words, "tty"));
	CU_ASSERT_TRUE(words_given(&cli.words, "sig-proxy"));
	CU_ASSERT_FALSE(words_on(&cli.words, "sig-proxy"));
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "run", "--rm=maybe", "img"), EINVAL, cli.err, "--rm");
	parse_end(&cli);
}

static void the_program_keeps_its_flags(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--rm", "img", "ls", "-l", "--color", "--", "x"), cli.err);
	CU_ASSERT_EQUAL_FATAL(cli.words.nargs, 6);
	CU_ASSERT_STRING_EQUAL(cli.words.args[2], "-l");
	CU_ASSERT_STRING_EQUAL(cli.words.args[4], "--");
	CU_ASSERT_PTR_NULL(cli.words.args[6]);
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "--rm", "--", "img", "--rm"), cli.err);
	CU_ASSERT_EQUAL(cli.words.nargs, 2);
	parse_end(&cli);
}

static void other_commands_take_flags_anywhere(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "stop", "web", "-t", "3", "db", "--", "-odd"), cli.err);
	CU_ASSERT_EQUAL_FATAL(cli.words.nargs, 3);
	CU_ASSERT_STRING_EQUAL(cli.words.args[2], "-odd");
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "timeout"), "3");
	parse_end(&cli);
}

static void mistakes_are_named(void)
{
	struct cli cli;

	UNIT_FAILS(PARSE(&cli, "run", "--memroy", "1g", "img"), EINVAL, cli.err,
		   "unknown flag --memroy; did you mean --memory?");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "run", "--memroy=1g"), EINVAL, cli.err, "did you mean --memory?");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "run", "--completely-different"), EINVAL, cli.err,
		   "unknown flag --completely");
	CU_ASSERT_PTR_NULL(strstr(cli.err.text, "did you mean"));
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "run", "-tX", "img"), EINVAL, cli.err, "unknown flag -X in '-tX'");
	parse_end(&cli);
}

static void a_missing_value_is_named(void)
{
	struct cli cli;

	UNIT_FAILS(PARSE(&cli, "run", "--name"), EINVAL, cli.err, "--name needs an argument");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "run", "-itm"), EINVAL, cli.err, "-m needs an argument");
	parse_end(&cli);
}

static void arguments_are_counted(void)
{
	struct cli cli;

	UNIT_FAILS(PARSE(&cli, "stop"), EINVAL, cli.err, "CONTAINER");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "exec", "web"), EINVAL, cli.err, "too few");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "ps", "web"), EINVAL, cli.err, "no arguments");
	parse_end(&cli);
	UNIT_FAILS(PARSE(&cli, "rename", "a", "b", "c"), EINVAL, cli.err, "'c'");
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "stop", "--help"), cli.err);
	parse_end(&cli);
}

static void help_is_a_letter_only_where_it_is_free(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "ps", "-h"), cli.err);
	CU_ASSERT_TRUE(words_on(&cli.words, "help"));
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "-h", "box", "img"), cli.err);
	CU_ASSERT_FALSE(words_on(&cli.words, "help"));
	CU_ASSERT_STRING_EQUAL(words_text(&cli.words, "hostname"), "box");
	parse_end(&cli);
}

static void global_flags_come_first_or_later(void)
{
	struct words words = { 0 };
	struct cleat_error err = { 0 };
	char *argv[] = { "--config", "a", "--namespace=b", "ps", NULL };
	struct cli cli;

	CU_ASSERT_EQUAL(words_global(&words, argv, &err), 3);
	CU_ASSERT_STRING_EQUAL(words_text(&words, "config"), "a");
	words_fini(&words);
	UNIT_OK(PARSE(&cli, "ps", "--namespace", "x"), cli.err);
	CU_ASSERT_STRING_EQUAL(cli_namespace(&cli), "x");
	parse_end(&cli);
	argv[0] = "--cofnig";
	UNIT_FAILS(words_global(&words, argv, &err), EINVAL, err, "did you mean --config?");
	words_fini(&words);
}

static void numbers_are_whole(void)
{
	struct cli cli;
	int64_t n = 5;

	UNIT_OK(PARSE(&cli, "stop", "-t", "3x", "web"), cli.err);
	UNIT_FAILS(words_i64(&cli.words, "timeout", &n, &cli.err), EINVAL, cli.err,
		   "invalid argument \"3x\" for --timeout");
	CU_ASSERT_EQUAL(n, 5);
	parse_end(&cli);
}

UNIT_MAIN("cli/words", UNIT_TEST(both_spellings_of_a_value), UNIT_TEST(letters_in_one_word),
	  UNIT_TEST(switches_can_be_turned_off), UNIT_TEST(the_program_keeps_its_flags),
	  UNIT_TEST(other_commands_take_flags_anywhere), UNIT_TEST(a_missing_value_is_named),
	  UNIT_TEST(arguments_are_counted), UNIT_TEST(help_is_a_letter_only_where_it_is_free),
	  UNIT_TEST(global_flags_come_first_or_later), UNIT_TEST(numbers_are_whole),
	  UNIT_TEST(mistakes_are_named))
