/* SPDX-License-Identifier: Apache-2.0 */
/* test_arena.c - lists that grow. */
#include "cli/arena.h"
#include "support/unit.h"

static void lists_grow(void)
{
	struct arena arena = { 0 };
	char **list = NULL;
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		arena_append(&arena, &list, &n, arena_printf(&arena, "%d", i));
	CU_ASSERT_EQUAL_FATAL(n, 100);
	CU_ASSERT_STRING_EQUAL(list[0], "0");
	CU_ASSERT_STRING_EQUAL(list[63], "63");
	CU_ASSERT_STRING_EQUAL(list[64], "64");
	CU_ASSERT_STRING_EQUAL(list[99], "99");
	CU_ASSERT_STRING_EQUAL(arena_text_n(&arena, "abcdef", 3), "abc");
	arena_fini(&arena);
	arena_fini(&arena);
}

UNIT_MAIN("cli/arena", UNIT_TEST(lists_grow))
