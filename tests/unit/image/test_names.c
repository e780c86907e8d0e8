/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "image/layer/names.h"

#include <string.h>

static bool has(const struct names *names, const char *path)
{
	return names_has(names, path, strlen(path));
}

static void added_found_removed(void)
{
	_cleanup_names_ struct names names = { 0 };
	char path[32];

	CU_ASSERT_FALSE(has(&names, "a"));
	names_remove(&names, "a");
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "dir/%d", i);
		CU_ASSERT_EQUAL(names_add(&names, path), 0);
		CU_ASSERT_EQUAL(names_add(&names, path), 0);
	}
	for (int i = 0; i < 5000; i += 2) {
		(void)snprintf(path, sizeof(path), "dir/%d", i);
		names_remove(&names, path);
	}
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "dir/%d", i);
		CU_ASSERT_EQUAL(has(&names, path), i % 2 == 1);
	}
}

static void prefixes_are_compared_whole(void)
{
	_cleanup_names_ struct names names = { 0 };

	CU_ASSERT_EQUAL(names_add(&names, "a/b"), 0);
	CU_ASSERT(names_has(&names, "a/b/c", 3));
	CU_ASSERT_FALSE(names_has(&names, "a/bc", 4));
	CU_ASSERT_FALSE(names_has(&names, "a/b/c", 1));
	CU_ASSERT_FALSE(names_has(&names, "a/b", 0));
}

UNIT_MAIN("sets of paths", UNIT_TEST(added_found_removed), UNIT_TEST(prefixes_are_compared_whole))
