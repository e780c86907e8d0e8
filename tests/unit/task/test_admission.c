/* SPDX-License-Identifier: Apache-2.0 */
/* test_admission.c - places, tokens, two lanes, and who leaves the queue. The clock is a number. */
#include "task/admission.h"

#include "base/clock.h"
#include "support/unit.h"

#include <string.h>

static struct admission admission;
static struct admission_ticket tickets[600];
static int inside[600];
static int ninside;

static void go(void *arg)
{
	inside[ninside++] = (int)(intptr_t)arg;
}

static void begin(struct admission_limits limits)
{
	memset(tickets, 0, sizeof(tickets));
	ninside = 0;
	admission_init(&admission, &limits, 0);
}

static void join(int from, int to, bool boot)
{
	for (int i = from; i < to; i++) {
		tickets[i].go = go;
		tickets[i].arg = (void *)(intptr_t)i;
		admission_join(&admission, &tickets[i], boot, 0);
	}
}

static void places_are_few(void)
{
	begin((struct admission_limits){ .places = 2, .boot_places = 1, .burst = 1 });
	join(0, 5, false);
	CU_ASSERT_EQUAL(admission_pump(&admission, 0), UINT64_MAX);
	CU_ASSERT_EQUAL(ninside, 2);
	CU_ASSERT_TRUE(inside[0] == 0 && inside[1] == 1); /* first come, first served */
	admission_leave(&admission, &tickets[0]);
	admission_leave(&admission, &tickets[0]); /* twice gives no second place */
	(void)admission_pump(&admission, 0);
	CU_ASSERT_EQUAL(ninside, 3);
}

static void who_leaves_the_queue_is_not_let_in(void)
{
	begin((struct admission_limits){ .places = 1, .boot_places = 1, .burst = 1 });
	join(0, 4, false);
	admission_leave(&admission, &tickets[1]);
	admission_leave(&admission, &tickets[3]); /* the last one: the next joins behind 2 */
	join(4, 5, false);
	for (int i = 0; i < 5; i++) {
		(void)admission_pump(&admission, 0);
		if (ninside)
			admission_leave(&admission, &tickets[inside[ninside - 1]]);
	}
	CU_ASSERT_EQUAL(ninside, 3);
	CU_ASSERT_TRUE(inside[0] == 0 && inside[1] == 2 && inside[2] == 4);
}

static void tokens_come_with_time(void)
{
	begin((struct admission_limits){ .places = 100, .boot_places = 1, .rate = 20, .burst = 3 });
	join(0, 10, false);
	uint64_t next = admission_pump(&admission, 0);

	CU_ASSERT_EQUAL(ninside, 3);
	CU_ASSERT_EQUAL(next, 50 * NS_PER_MS);
	CU_ASSERT_EQUAL(admission_pump(&admission, next - 1), next);
	CU_ASSERT_EQUAL(ninside, 3);
	next = admission_pump(&admission, next);
	CU_ASSERT_EQUAL(ninside, 4);
	(void)admission_pump(&admission, 3600 * NS_PER_S); /* the bucket holds no more than burst */
	CU_ASSERT_EQUAL(ninside, 7);
}

/* R22: five hundred at the daemon's start: never more than boot_places at once, and no bucket. */
static void boot_has_a_lane_of_its_own(void)
{
	int left = 0;

	begin((struct admission_limits){ .places = 1, .boot_places = 8, .rate = 1, .burst = 1 });
	join(0, 500, true);
	join(500, 501, false);
	for (int round = 0; round < 1000 && left < 501; round++) {
		(void)admission_pump(&admission, 0);
		CU_ASSERT(admission.boot.used <= 8);
		if (ninside > left)
			admission_leave(&admission, &tickets[inside[left++]]);
	}
	CU_ASSERT_EQUAL(left, 501);
}

UNIT_MAIN("task/admission", UNIT_TEST(places_are_few),
	  UNIT_TEST(who_leaves_the_queue_is_not_let_in), UNIT_TEST(tokens_come_with_time),
	  UNIT_TEST(boot_has_a_lane_of_its_own))
