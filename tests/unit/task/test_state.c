/* SPDX-License-Identifier: Apache-2.0 */
/* test_state.c - the table of moves has no hole and no way back from a removal. */
#include "task/state.h"

#include "support/unit.h"

#include <string.h>

static void every_phase_has_a_name(void)
{
	for (int i = 0; i < TASK_PHASES; i++)
		CU_ASSERT_STRING_NOT_EQUAL(task_phase_name(i), "unknown");
	CU_ASSERT_STRING_EQUAL(task_phase_name(-1), "unknown");
	CU_ASSERT_STRING_EQUAL(task_phase_name(TASK_PHASES), "unknown");
}

static void no_phase_moves_to_itself(void)
{
	for (int i = 0; i < TASK_PHASES; i++)
		CU_ASSERT_FALSE(task_phase_may(i, i));
}

static void every_phase_is_left(void)
{
	for (int i = 0; i < TASK_PHASES; i++) {
		int ways = 0;

		for (int k = 0; k < TASK_PHASES; k++)
			ways += task_phase_may(i, k);
		CU_ASSERT(ways > 0);
	}
}

static void what_runs_is_not_removed(void)
{
	for (int i = 0; i < TASK_PHASES; i++)
		if (task_phase_is_active(i))
			CU_ASSERT_FALSE(task_phase_may(i, TASK_REMOVING));
}

static void a_removal_has_no_way_back(void)
{
	CU_ASSERT_FALSE(task_phase_may(TASK_REMOVING, TASK_RUNNING));
	CU_ASSERT_FALSE(task_phase_may(TASK_DEAD, TASK_RUNNING));
	CU_ASSERT_TRUE(task_phase_may(TASK_DEAD, TASK_REMOVING));
}

static void nonsense_is_refused(void)
{
	CU_ASSERT_FALSE(task_phase_may(-1, TASK_RUNNING));
	CU_ASSERT_FALSE(task_phase_may(TASK_RUNNING, 99));
}

UNIT_MAIN("state", UNIT_TEST(every_phase_has_a_name), UNIT_TEST(no_phase_moves_to_itself),
	  UNIT_TEST(every_phase_is_left), UNIT_TEST(what_runs_is_not_removed),
	  UNIT_TEST(a_removal_has_no_way_back), UNIT_TEST(nonsense_is_refused))
