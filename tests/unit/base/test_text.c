/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <string.h>

static void text_grows(void)
{
	_cleanup_text_ struct text t = { 0 };

	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%d,", i % 10);
	CU_ASSERT_EQUAL(t.len, 2000);
	_cleanup_free_ char *taken = text_take(&t);

	CU_ASSERT_EQUAL(strlen(taken), 2000);
	_cleanup_free_ char *empty = text_take(&t);

	CU_ASSERT_STRING_EQUAL(empty, "");
}

static void environment_names_replace(void)
{
	_cleanup_strings_ struct strings env = { 0 };

	CU_ASSERT_EQUAL(strings_set_env(&env, "A=1"), 0);
	CU_ASSERT_EQUAL(strings_set_env(&env, "AB=2"), 0);
	CU_ASSERT_EQUAL(strings_set_env(&env, "A=3"), 0);
	CU_ASSERT_EQUAL(env.n, 2);
	CU_ASSERT_STRING_EQUAL(env.item[0], "A=3");
	CU_ASSERT_PTR_NULL(env.item[2]);
}

static void names_are_checked(void)
{
	char big[130];

	memset(big, 'a', sizeof(big));
	big[129] = '\0';
	CU_ASSERT_FALSE(text_is_name(big));
	big[128] = '\0';
	CU_ASSERT_TRUE(text_is_name(big));
	CU_ASSERT_TRUE(text_is_name("web-1.x_y"));
	CU_ASSERT_FALSE(text_is_name(""));
	CU_ASSERT_FALSE(text_is_name("."));
	CU_ASSERT_FALSE(text_is_name("-a"));
	CU_ASSERT_FALSE(text_is_name("a/b"));
	CU_ASSERT_FALSE(text_is_name("a b"));
	CU_ASSERT_FALSE(text_is_name("a\n"));
	CU_ASSERT_FALSE(text_is_name("\xc3\xa4"));
}

static void nearest_word(void)
{
	static const char *const words[] = { "memory", "memory-swap", "name", NULL };

	CU_ASSERT_STRING_EQUAL(text_nearest("memroy", words), "memory");
	CU_ASSERT_STRING_EQUAL(text_nearest("nam", words), "name");
	CU_ASSERT_PTR_NULL(text_nearest("entirely-different", words));
}

static void random_is_hex(void)
{
	char a[65];
	char b[65];

	CU_ASSERT_EQUAL(text_random_hex(a, 32), 0);
	CU_ASSERT_EQUAL(text_random_hex(b, 32), 0);
	CU_ASSERT_EQUAL(strspn(a, "0123456789abcdef"), 64);
	CU_ASSERT_STRING_NOT_EQUAL(a, b);
}

UNIT_MAIN("text", UNIT_TEST(text_grows), UNIT_TEST(environment_names_replace),
	  UNIT_TEST(names_are_checked), UNIT_TEST(nearest_word), UNIT_TEST(random_is_hex))
