/* SPDX-License-Identifier: Apache-2.0 */
/* test_error.c - struct cleat_error is always filled, terminated and negative. */
#include "support/unit.h"

#include <errno.h>
#include <string.h>

static void fail_returns_minus_errno(void)
{
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(cleat_fail(&err, ENOENT, "cannot open '%s': %m", "x"), -ENOENT);
	CU_ASSERT_EQUAL(err.errnum, ENOENT);
	CU_ASSERT_STRING_EQUAL(err.text, "cannot open 'x': No such file or directory");
}

static void m_is_the_given_errno(void)
{
	struct cleat_error err = { 0 };

	errno = EPERM;
	(void)cleat_fail(&err, ENOSPC, "%m");
	CU_ASSERT_STRING_EQUAL(err.text, "No space left on device");
}

static void success_by_mistake_is_an_error(void)
{
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(cleat_fail(&err, 0, "x"), -EIO);
	CU_ASSERT_EQUAL(cleat_fail(&err, -5, "x"), -EIO);
}

static void wrap_keeps_the_number(void)
{
	struct cleat_error err = { 0 };

	(void)cleat_fail(&err, EBUSY, "inner");
	CU_ASSERT_EQUAL(cleat_wrap(&err, "outer %d", 1), -EBUSY);
	CU_ASSERT_STRING_EQUAL(err.text, "outer 1: inner");
}

static void long_text_is_cut(void)
{
	struct cleat_error err = { 0 };
	char big[2000];

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)cleat_fail(&err, EIO, "%s", big);
	CU_ASSERT_EQUAL(strlen(err.text), sizeof(err.text) - 1);
	(void)cleat_wrap(&err, "outer");
	CU_ASSERT_EQUAL(strlen(err.text), sizeof(err.text) - 1);
	CU_ASSERT_EQUAL(strncmp(err.text, "outer: aaa", 10), 0);
	(void)cleat_wrap(&err, "%s", big);
	CU_ASSERT_EQUAL(strlen(err.text), sizeof(err.text) - 1);
}

static void an_error_is_one_line(void)
{
	struct cleat_error err = { 0 };

	(void)cleat_fail(&err, EINVAL, "cannot use 'a\nlevel=error\x1b[2J\x7f'");
	CU_ASSERT_STRING_EQUAL(err.text, "cannot use 'a level=error?[2J?'");
	(void)cleat_wrap(&err, "in 'x\ny'");
	CU_ASSERT_STRING_EQUAL(err.text, "in 'x y': cannot use 'a level=error?[2J?'");
}

UNIT_MAIN("error", UNIT_TEST(fail_returns_minus_errno), UNIT_TEST(m_is_the_given_errno),
	  UNIT_TEST(success_by_mistake_is_an_error), UNIT_TEST(wrap_keeps_the_number),
	  UNIT_TEST(long_text_is_cut), UNIT_TEST(an_error_is_one_line))
