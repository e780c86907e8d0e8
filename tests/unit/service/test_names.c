/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c - made-up names are names, differ, and avoid those that are taken. */
#include "service/service.h"

#include "base/text.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static struct cleat_error err;

static void they_are_names(void)
{
	struct tasks none = { 0 };

	for (int i = 0; i < 500; i++) {
		_cleanup_free_ char *name = NULL;

		UNIT_OK(service_make_name(&none, "default", &name, &err), err);
		CU_ASSERT_TRUE(text_is_name(name));
		CU_ASSERT_PTR_NOT_NULL(strchr(name, '_'));
	}
}

static void they_differ(void)
{
	struct tasks none = { 0 };
	_cleanup_free_ char *first = NULL;
	int same = 0;

	UNIT_OK(service_make_name(&none, "default", &first, &err), err);
	for (int i = 0; i < 20; i++) {
		_cleanup_free_ char *name = NULL;

		UNIT_OK(service_make_name(&none, "default", &name, &err), err);
		same += text_eq(name, first);
	}
	CU_ASSERT(same < 20);
}

/* With 300 taken, each new one is still unique. */
static void taken_ones_are_avoided(void)
{
	enum { N = 300 };
	struct tasks tasks = { 0 };
	struct task *all = calloc(N, sizeof(*all));

	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	for (int i = 0; i < N; i++) {
		all[i].row.ns = (char *)(uintptr_t) "default";
		UNIT_OK(service_make_name(&tasks, "default", &all[i].row.name, &err), err);
		CU_ASSERT_PTR_NULL(tasks_by_name(&tasks, "default", all[i].row.name));
		all[i].next = tasks.first;
		tasks.first = &all[i];
	}
	for (int i = 0; i < N; i++)
		free(all[i].row.name);
	free(all);
}

UNIT_MAIN("names", UNIT_TEST(they_are_names), UNIT_TEST(they_differ),
	  UNIT_TEST(taken_ones_are_avoided))
