/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "support/unit.h"

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static const struct flag *flags_of(const char *name)
{
	const struct command *command = command_find(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(command);
	return command->flags;
}

static void every_form_of_a_flag(void)
{
	struct cleat_error err = { 0 };
	struct arguments a = { 0 };

	UNIT_OK(arguments_parse(&a, flags_of("create"),
				WORDS("--bundle", "/b", "-pid-file=/p", "--no-pivot",
				      "-no-subreaper", "--preserve-fds", "7", "id"),
				&err),
		err);
	CU_ASSERT_STRING_EQUAL(a.bundle, "/b");
	CU_ASSERT_STRING_EQUAL(a.pid_file, "/p");
	CU_ASSERT(a.no_pivot);
	CU_ASSERT(a.no_subreaper);
	CU_ASSERT_EQUAL(a.preserve_fds, 7);
}

static void it_stops_at_the_first_word(void)
{
	struct cleat_error err = { 0 };
	struct arguments a = { 0 };

	CU_ASSERT_EQUAL(arguments_parse(&a, flags_of("exec"),
					WORDS("-t", "-e", "A=1", "-e", "B=2", "id", "ls", "-d"),
					&err),
			5);
	CU_ASSERT(a.tty);
	CU_ASSERT_FALSE(a.detach);
	CU_ASSERT_EQUAL(a.env.n, 2);
	CU_ASSERT_EQUAL(arguments_parse(&a, flags_of("exec"), WORDS("--", "-x"), &err), 1);
	CU_ASSERT_EQUAL(
		arguments_parse(&a, flags_of("update"), WORDS("--resources", "-", "id"), &err), 2);
	CU_ASSERT_STRING_EQUAL(a.resources, "-");
	arguments_fini(&a);
}

static void booleans_take_a_word(void)
{
	struct cleat_error err = { 0 };
	struct arguments a = { .systemd_cgroup = true };

	UNIT_OK(arguments_parse(&a, global_flags, WORDS("--systemd-cgroup=false", "list"), &err),
		err);
	CU_ASSERT_FALSE(a.systemd_cgroup);
	UNIT_FAILS(arguments_parse(&a, global_flags, WORDS("--debug=maybe"), &err), EINVAL, err,
		   "maybe");
}

static void bad_flags(void)
{
	struct cleat_error err = { 0 };
	struct arguments a = { 0 };

	UNIT_FAILS(arguments_parse(&a, flags_of("create"), WORDS("--bundl", "x"), &err), EINVAL,
		   err, "--bundle");
	UNIT_FAILS(arguments_parse(&a, flags_of("create"), WORDS("--bundle"), &err), EINVAL, err,
		   "needs a value");
	UNIT_FAILS(arguments_parse(&a, flags_of("create"), WORDS("--preserve-fds", "-1"), &err),
		   EINVAL, err, "number");
	UNIT_FAILS(arguments_parse(&a, flags_of("start"), WORDS("-x"), &err), EINVAL, err, "-x");
}

UNIT_MAIN("oci arguments", UNIT_TEST(every_form_of_a_flag), UNIT_TEST(it_stops_at_the_first_word),
	  UNIT_TEST(booleans_take_a_word), UNIT_TEST(bad_flags))
