/* SPDX-License-Identifier: Apache-2.0 */
/* test_number_list.c - lists of CPUs and nodes. */
#include "number_list.h"

#include <errno.h>

#include "support/unit.h"

static struct cleat_error err;

static void lists_become_bits(void)
{
	struct number_list list;

	UNIT_OK(number_list_parse("0-3,8", "cpus", &list, &err), err);
	CU_ASSERT_EQUAL(list.bits[0], 0x10f);
	CU_ASSERT_EQUAL(number_list_highest(&list), 8);
	UNIT_OK(number_list_parse("63-64,8191", "cpus", &list, &err), err);
	CU_ASSERT_EQUAL(list.bits[0], 1UL << 63);
	CU_ASSERT_EQUAL(list.bits[1], 1);
	CU_ASSERT_EQUAL(number_list_highest(&list), 8191);
	UNIT_OK(number_list_parse("", "cpus", &list, &err), err);
	CU_ASSERT(number_list_is_empty(&list));
}

static void other_texts_are_refused(void)
{
	static const char *const texts[] = { ",",
					     "1,",
					     "-1",
					     "1-",
					     "3-1",
					     "a",
					     "1 ",
					     "8192",
					     "1,,2",
					     "0-8192",
					     "1-2-3",
					     "0x1",
					     "99999999999999999999" };
	struct number_list list;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_EQUAL(number_list_parse(texts[i], "cpus", &list, &err), -EINVAL);
		CU_ASSERT(strstr(err.text, "cpus") && strstr(err.text, texts[i]));
	}
}

UNIT_MAIN("runtime-linux number_list", UNIT_TEST(lists_become_bits),
	  UNIT_TEST(other_texts_are_refused))
