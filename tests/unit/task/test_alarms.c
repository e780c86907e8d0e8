/* SPDX-License-Identifier: Apache-2.0 */
/* test_alarms.c - any number of moments, one timer: order, moves, removals, and what ten thousand cost. */
#include "task/alarms.h"

#include "base/clock.h"
#include "base/loop.h"
#include "support/unit.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static struct cleat_error err;
static uint64_t rung[64];
static size_t nrung;

struct bell {
	struct alarm alarm;
	struct alarms *again; /* set itself again when it rings */
};

static void ring(void *arg)
{
	struct bell *bell = arg;

	if (nrung < 64)
		rung[nrung] = bell->alarm.at;
	nrung++;
	if (bell->again)
		UNIT_OK(alarms_set(bell->again, &bell->alarm, bell->alarm.at, &err), err);
}

static struct alarms *begin(struct loop *loop)
{
	struct alarms *alarms = NULL;

	nrung = 0;
	UNIT_OK(alarms_new(loop, &alarms, &err), err);
	return alarms;
}

static void set(struct alarms *alarms, struct bell *bell, uint64_t at)
{
	bell->alarm.ring = ring;
	bell->alarm.arg = bell;
	UNIT_OK(alarms_set(alarms, &bell->alarm, at, &err), err);
}

static void the_earliest_rings_first(void)
{
	static const uint64_t at[] = { 5, 3, 9, 1, 7, 3, 8, 2 };
	struct bell bells[8] = { 0 };
	struct alarms *alarms = begin(NULL);

	for (size_t i = 0; i < 8; i++)
		set(alarms, &bells[i], at[i]);
	CU_ASSERT_EQUAL(alarms_next(alarms), 1);
	CU_ASSERT_EQUAL(alarms_ring(alarms, 0), 0);
	CU_ASSERT_EQUAL(alarms_ring(alarms, 5), 5);
	CU_ASSERT_EQUAL(rung[0], 1);
	CU_ASSERT_EQUAL(rung[1], 2);
	CU_ASSERT_EQUAL(rung[2], 3);
	CU_ASSERT_EQUAL(rung[4], 5);
	CU_ASSERT_FALSE(alarm_is_set(&bells[0].alarm));
	CU_ASSERT_TRUE(alarm_is_set(&bells[2].alarm));
	CU_ASSERT_EQUAL(alarms_count(alarms), 3);
	alarms_free(alarms);
}

static void set_again_is_moved(void)
{
	struct bell a = { 0 };
	struct bell b = { 0 };
	struct alarms *alarms = begin(NULL);

	set(alarms, &a, 10);
	set(alarms, &b, 20);
	set(alarms, &a, 30);
	CU_ASSERT_EQUAL(alarms_count(alarms), 2);
	CU_ASSERT_EQUAL(alarms_next(alarms), 20);
	alarms_clear(alarms, &b.alarm);
	alarms_clear(alarms, &b.alarm); /* twice is once */
	CU_ASSERT_EQUAL(alarms_next(alarms), 30);
	alarms_clear(alarms, &a.alarm);
	CU_ASSERT_EQUAL(alarms_next(alarms), UINT64_MAX);
	alarms_free(alarms);
}

static void one_that_sets_itself_rings_once_a_round(void)
{
	struct alarms *alarms = begin(NULL);
	struct bell bell = { .again = alarms };

	set(alarms, &bell, 1);
	CU_ASSERT_EQUAL(alarms_ring(alarms, 1), 1);
	CU_ASSERT_EQUAL(alarms_ring(alarms, 1), 1);
	alarms_free(alarms);
}

/* Random sets, moves and removals against a plain search for the least. */
static void random_walk(void)
{
	static struct bell bells[200];
	struct alarms *alarms = begin(NULL);

	memset(bells, 0, sizeof(bells));
	srand(7);
	for (int i = 0; i < 20000; i++) {
		struct bell *bell = &bells[rand() % 200];
		uint64_t least = UINT64_MAX;

		if (rand() % 3)
			set(alarms, bell, (uint64_t)(rand() % 1000));
		else
			alarms_clear(alarms, &bell->alarm);
		for (size_t k = 0; k < 200; k++)
			if (alarm_is_set(&bells[k].alarm) && bells[k].alarm.at < least)
				least = bells[k].alarm.at;
		if (alarms_next(alarms) != least)
			CU_FAIL_FATAL("the heap is no heap");
	}
	alarms_free(alarms);
}

static void it_rings_from_the_loop(void)
{
	struct loop *loop = NULL;

	UNIT_OK(loop_new(&loop, &err), err);
	struct alarms *alarms = begin(loop);
	struct bell late = { 0 };
	struct bell soon = { 0 };

	set(alarms, &late, alarms_now(alarms) + 3600 * NS_PER_S);
	set(alarms, &soon, alarms_now(alarms) + 5 * NS_PER_MS);
	for (int i = 0; i < 1000 && nrung == 0; i++)
		(void)loop_step(loop, 100 * NS_PER_MS);
	CU_ASSERT_EQUAL(nrung, 1);
	CU_ASSERT_TRUE(alarm_is_set(&late.alarm));
	set(alarms, &soon, 1); /* long ago: at once */
	for (int i = 0; i < 1000 && nrung == 1; i++)
		(void)loop_step(loop, 100 * NS_PER_MS);
	CU_ASSERT_EQUAL(nrung, 2);
	alarms_free(alarms);
	loop_free(loop);
}

UNIT_MAIN("task/alarms", UNIT_TEST(the_earliest_rings_first), UNIT_TEST(set_again_is_moved),
	  UNIT_TEST(one_that_sets_itself_rings_once_a_round), UNIT_TEST(random_walk),
	  UNIT_TEST(it_rings_from_the_loop))
