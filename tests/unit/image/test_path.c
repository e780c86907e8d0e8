/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "image/layer/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void cleaned(void)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ ".", "" },
		{ "./", "" },
		{ "/", "" },
		{ "a", "a" },
		{ "./a/./b//c/", "a/b/c" },
		{ "/etc/passwd", "etc/passwd" },
		{ "a/../b", "b" },
		{ "a/b/../../c", "c" },
		{ "a/..", "" },
		{ "...", "..." },
		{ "a/..b", "a/..b" },
		{ "..a", "..a" },
	};
	char out[PATH_MAX];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		CU_ASSERT_EQUAL(path_clean(pairs[i][0], out), 0);
		CU_ASSERT_STRING_EQUAL(out, pairs[i][1]);
	}
}

static void leading_out_is_refused(void)
{
	static const char *const bad[] = {
		"..",      "../a",   "a/../../b",        "/..",
		"/../etc", "./../x", "../../etc/passwd", "a/b/../../../c"
	};
	char out[PATH_MAX];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CU_ASSERT_EQUAL(path_clean(bad[i], out), -EXDEV);
}

static void too_long(void)
{
	char *name = malloc(3 * PATH_MAX);
	char out[PATH_MAX];

	memset(name, 'a', 3 * PATH_MAX - 1);
	name[3 * PATH_MAX - 1] = '\0';
	for (size_t i = 200; i < 3 * PATH_MAX; i += 200)
		name[i] = '/';
	CU_ASSERT_EQUAL(path_clean(name, out), -ENAMETOOLONG);
	free(name);
}

static void last_components(void)
{
	size_t len = 9;

	CU_ASSERT_STRING_EQUAL(path_base("a", &len), "a");
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_STRING_EQUAL(path_base("a/b/c", &len), "c");
	CU_ASSERT_EQUAL(len, 3);
}

UNIT_MAIN("paths in archives", UNIT_TEST(cleaned), UNIT_TEST(leading_out_is_refused),
	  UNIT_TEST(too_long), UNIT_TEST(last_components))
