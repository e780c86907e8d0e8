/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "plugin/order.h"

#include <errno.h>
#include <string.h>

static struct plugin made(const char *type, const char *name, const char *const *needs)
{
	return (struct plugin){ .desc = { .type = type, .name = name, .requires = needs } };
}

static void needs_come_first(void)
{
	static const char *const a_needs[] = { "io", "snapshotter/c", NULL };
	static const char *const b_needs[] = { "snapshotter/c", NULL };
	struct plugin a = made("runtime", "a", a_needs);
	struct plugin b = made("io", "b", b_needs);
	struct plugin c = made("snapshotter", "c", NULL);
	struct plugin *all[] = { &a, &b, &c };
	struct cleat_error err = { 0 };
	size_t order[3];
	size_t n = 0;

	UNIT_OK(order_plugins(all, 3, false, order, &n, &err), err);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	CU_ASSERT_EQUAL(order[0], 2);
	CU_ASSERT_EQUAL(order[1], 1);
	CU_ASSERT_EQUAL(order[2], 0);
}

static void a_circle_prints_the_chain(void)
{
	static const char *const a_needs[] = { "io/b", NULL };
	static const char *const b_needs[] = { "restart/c", NULL };
	static const char *const c_needs[] = { "runtime/a", NULL };
	struct plugin a = made("runtime", "a", a_needs);
	struct plugin b = made("io", "b", b_needs);
	struct plugin c = made("restart", "c", c_needs);
	struct plugin *all[] = { &a, &b, &c };
	struct cleat_error err = { 0 };
	size_t order[3];
	size_t n = 0;

	UNIT_FAILS(order_plugins(all, 3, false, order, &n, &err), ELOOP, err,
		   "runtime/a needs io/b needs restart/c needs runtime/a: that is a circle");
}

static void a_gap_prints_the_chain(void)
{
	static const char *const a_needs[] = { "io", NULL };
	static const char *const b_needs[] = { "snapshotter/gone", NULL };
	struct plugin a = made("runtime", "a", a_needs);
	struct plugin b = made("io", "b", b_needs);
	struct plugin gone = made("snapshotter", "gone", NULL);
	struct plugin *all[] = { &a, &b, &gone };
	struct cleat_error err = { 0 };
	size_t order[3];
	size_t n = 0;

	gone.refused = true;
	UNIT_FAILS(order_plugins(all, 3, false, order, &n, &err), ENOENT, err,
		   "runtime/a needs io/b needs snapshotter/gone: no such plugin is loaded");
	UNIT_OK(order_plugins(all, 3, true, order, &n, &err), err);
	CU_ASSERT_EQUAL(n, 2); /* not the refused one */
}

UNIT_MAIN("plugin/order", UNIT_TEST(needs_come_first), UNIT_TEST(a_circle_prints_the_chain),
	  UNIT_TEST(a_gap_prints_the_chain))
