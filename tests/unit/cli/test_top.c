/* SPDX-License-Identifier: Apache-2.0 */
/* test_top.c - one process as `ps -ef` shows it. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/top_process.h"
#include "support/unit.h"

static void terminals(void)
{
	struct arena arena = { 0 };

	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 0), "?");
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 136 << 8 | 3), "pts/3");
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 137 << 8 | 1), "pts/257");
	/* a minor number beyond eight bits */
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 1 << 20 | 136 << 8 | 2), "pts/258");
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 4 << 8 | 1), "tty1");
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 4 << 8 | 65), "ttyS1");
	CU_ASSERT_STRING_EQUAL(top_terminal(&arena, 240 << 8 | 1), "?");
	arena_fini(&arena);
}

static void starts(void)
{
	struct arena arena = { 0 };
	const uint64_t day = 24 * 3600 * NS_PER_S;
	const uint64_t now = 1764536400 * NS_PER_S; /* 2025-11-30T21:00:00Z */

	(void)setenv("TZ", "UTC", 1);
	tzset();
	CU_ASSERT_STRING_EQUAL(top_started(&arena, now - 3600 * NS_PER_S, now), "20:00");
	CU_ASSERT_STRING_EQUAL(top_started(&arena, now - day, now), "Nov29");
	CU_ASSERT_STRING_EQUAL(top_started(&arena, now - 400 * day, now), "2024");
	arena_fini(&arena);
}

static void ourselves(void)
{
	struct arena arena = { 0 };
	const char *cells[TOP_CELLS] = { 0 };

	CU_ASSERT_EQUAL_FATAL(top_process(&arena, (unsigned)getpid(), cells), 0);
	CU_ASSERT_EQUAL(atoi(cells[1]), getpid());
	CU_ASSERT_EQUAL(atoi(cells[2]), getppid());
	for (size_t i = 0; i < TOP_CELLS; i++)
		CU_ASSERT(cells[i] && *cells[i]);
	CU_ASSERT_EQUAL(top_process(&arena, 1u << 30, cells), -ESRCH);
	arena_fini(&arena);
}

UNIT_MAIN("cli/top", UNIT_TEST(terminals), UNIT_TEST(starts), UNIT_TEST(ourselves))
