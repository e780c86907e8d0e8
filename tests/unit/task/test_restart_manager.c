/* SPDX-License-Identifier: Apache-2.0 */
/* test_restart_manager.c - iSulad's ten interfaces as the core has them (S52..S61, R32, R33). */
#include "task/restarts.h"

#include "base/clock.h"
#include "support/unit.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static const struct cleat_restart_ops *const ops = &restart_core_ops;
static struct cleat_error err;
static struct restart_core core;
static const struct cleat_policy policy = { .size = sizeof(policy),
					    .name = "on-failure",
					    .max_retries = 3 };
static int rung, cancelled;
static char asked[32];
static uint64_t asked_delay;

static int later(void *arg, const char *id, uint64_t delay_ns, int32_t code, struct cleat_error *e)
{
	CU_ASSERT_PTR_EQUAL(arg, &core);
	CU_ASSERT_EQUAL(code, 42);
	(void)e;
	(void)snprintf(asked, sizeof(asked), "%s", id);
	asked_delay = delay_ns;
	return 0;
}

static void begin(void)
{
	memset(&core, 0, sizeof(core));
	UNIT_OK(alarms_new(NULL, &core.alarms, &err), err);
	alarms_set_now(core.alarms, 1000);
	core.later = later;
	core.arg = &core;
	rung = cancelled = 0;
}

static void done(void *arg, bool was_cancelled)
{
	CU_ASSERT_PTR_EQUAL(arg, &core);
	if (was_cancelled)
		cancelled++;
	else
		rung++;
}

static struct cleat_restart_manager *make(void)
{
	struct cleat_restart_manager *manager = NULL;

	UNIT_OK(ops->manager_new(&core, &policy, 0, &manager, &err), err);
	return manager;
}

static void references_in_any_order(void)
{
	begin();
	struct cleat_restart_manager *manager = make();

	ops->manager_ref(manager);
	ops->manager_ref(manager);
	ops->manager_unref(manager);
	UNIT_OK(ops->manager_set_policy(manager, &policy, &err), err);
	ops->manager_unref(manager);
	UNIT_OK(ops->manager_wait_cancel(manager, 5, done, &core, &err), err);
	ops->manager_unref(manager); /* with a wait: gone with it, and nobody is called */
	CU_ASSERT_EQUAL(alarms_ring(core.alarms, UINT64_MAX - 1), 0);
	CU_ASSERT_EQUAL(rung + cancelled, 0);
	manager = make();
	ops->manager_free(manager);
	ops->manager_free(NULL);
	ops->policy_free(&core, NULL);
	alarms_free(core.alarms);
}

static void a_wait_ends_once(void)
{
	begin();
	struct cleat_restart_manager *manager = make();

	UNIT_OK(ops->manager_cancel(manager), err); /* nothing pending: nothing happens */
	UNIT_OK(ops->manager_wait_cancel(manager, 500, done, &core, &err), err);
	UNIT_FAILS(ops->manager_wait_cancel(manager, 1, done, &core, &err), EBUSY, err,
		   "pending already");
	CU_ASSERT_EQUAL(alarms_ring(core.alarms, 1499), 0); /* R35: woken early is not cancelled */
	CU_ASSERT_EQUAL(rung + cancelled, 0);
	CU_ASSERT_EQUAL(alarms_ring(core.alarms, 1500), 1);
	CU_ASSERT_EQUAL(rung, 1);
	/* A cancel poisons nothing: the next wait rings. */
	UNIT_OK(ops->manager_wait_cancel(manager, 500, done, &core, &err), err);
	UNIT_OK(ops->manager_cancel(manager), err);
	UNIT_OK(ops->manager_cancel(manager), err);
	CU_ASSERT_EQUAL(cancelled, 1);
	UNIT_OK(ops->manager_wait_cancel(manager, 0, done, &core, &err), err);
	CU_ASSERT_EQUAL(alarms_ring(core.alarms, 1000), 1);
	CU_ASSERT_EQUAL(rung, 2);
	ops->manager_unref(manager);
	alarms_free(core.alarms);
}

static void later_names_the_container(void)
{
	begin();
	UNIT_OK(ops->restart_later(&core, "abc", 77, 42, &err), err);
	CU_ASSERT_STRING_EQUAL(asked, "abc");
	CU_ASSERT_EQUAL(asked_delay, 77);
	alarms_free(core.alarms);
}

/* R32: what ten thousand pending restarts take; all of it is heap, and nothing but memory. */
static void ten_thousand_are_small(void)
{
	enum { N = 10000 };
	static struct cleat_restart_manager *managers[N];

	begin();
	size_t before = mallinfo2().uordblks;

	for (int i = 0; i < N; i++) {
		managers[i] = make();
		UNIT_OK(ops->manager_wait_cancel(managers[i],
						 (uint64_t)(N - i) * (uint64_t)NS_PER_MS, done,
						 &core, &err),
			err);
	}
	size_t used = mallinfo2().uordblks - before;

	(void)printf("%zu bytes each ", used / N);
	CU_ASSERT(used < (16u << 20));
	CU_ASSERT_EQUAL(alarms_ring(core.alarms, 1000 + (uint64_t)N * NS_PER_MS), N);
	CU_ASSERT_EQUAL(rung, N);
	for (int i = 0; i < N; i++)
		ops->manager_unref(managers[i]);
	alarms_free(core.alarms);
}

UNIT_MAIN("task/restart_manager", UNIT_TEST(references_in_any_order), UNIT_TEST(a_wait_ends_once),
	  UNIT_TEST(later_names_the_container), UNIT_TEST(ten_thousand_are_small))
