/* SPDX-License-Identifier: Apache-2.0 */
/* test_id_range.c - ranges of ids are read strictly, and no two containers get the same ids. */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/id_range.h"

#include <cleat/cleanup.h>

#include <errno.h>

static struct cleat_error err;

static void a_range_is_two_numbers(void)
{
	static const char *const bad[] = {
		"",     "1",    ":",    "1:",  ":1",           "1:2:3", "-1:2",
		"1:-2", " 1:2", "1:2 ", "a:b", "4294967296:1", "0x1:2", "1:99999999999"
	};
	struct id_range range = { 7, 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(id_range_parse(bad[i], &range, &err), EINVAL, err, "FIRST:COUNT");
	UNIT_FAILS(id_range_parse("5:0", &range, &err), EINVAL, err, "count is 0");
	UNIT_FAILS(id_range_parse("4294967294:2", &range, &err), EINVAL, err, "last id");
	UNIT_FAILS(id_range_parse("4294967295:1", &range, &err), EINVAL, err, "last id");
	UNIT_FAILS(id_range_parse("1:4294967295", &range, &err), EINVAL, err, "last id");
	CU_ASSERT(range.first == 7 && range.count == 7);
	UNIT_OK(id_range_parse("4294967294:1", &range, &err), err);
	CU_ASSERT(range.first == 4294967294u && range.count == 1);
	UNIT_OK(id_range_parse("0:4294967295", &range, &err), err);
}

static void ranges_overlap_or_touch(void)
{
	struct id_range a = { 10, 10 };
	struct id_range touches = { 20, 5 };
	struct id_range inside = { 12, 1 };
	struct id_range last = { 4294967290u, 5 };

	CU_ASSERT_FALSE(id_range_overlaps(&a, &touches) || id_range_overlaps(&touches, &a));
	CU_ASSERT(id_range_overlaps(&a, &inside) && id_range_overlaps(&inside, &a));
	CU_ASSERT(id_range_overlaps(&last, &last));
	CU_ASSERT_FALSE(id_range_overlaps(&a, &last));
}

/* Each gets its own until there are none, and what is given back is found again. */
static void free_ones_are_found(void)
{
	_cleanup_id_ranges_ struct id_ranges pool = { 0 };
	_cleanup_id_ranges_ struct id_ranges used = { 0 };
	uint32_t first = 0;

	CU_ASSERT_EQUAL(id_ranges_add(&pool, (struct id_range){ 1000, 25 }), 0);
	CU_ASSERT_EQUAL(id_ranges_add(&pool, (struct id_range){ 4294967285u, 10 }), 0);
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(id_ranges_find_free(&pool, &used, 10, &first), 0);
		CU_ASSERT_EQUAL(first, i < 2 ? 1000 + i * 10 : 4294967285u);
		CU_ASSERT_EQUAL(id_ranges_add(&used, (struct id_range){ first, 10 }), 0);
	}
	CU_ASSERT_EQUAL(id_ranges_find_free(&pool, &used, 10, &first), -ENOENT);
	CU_ASSERT_EQUAL(id_ranges_find_free(&pool, &used, 5, &first), 0);
	CU_ASSERT_EQUAL(first, 1020);
	used.list[0] = used.list[--used.n];
	CU_ASSERT_EQUAL(id_ranges_find_free(&pool, &used, 10, &first), 0);
	CU_ASSERT_EQUAL(first, 1000);
	/* somebody's own choice, across two places */
	CU_ASSERT_EQUAL(id_ranges_add(&used, (struct id_range){ 1009, 2 }), 0);
	CU_ASSERT_EQUAL(id_ranges_find_free(&pool, &used, 10, &first), -ENOENT);
}

static void common_parts(void)
{
	_cleanup_id_ranges_ struct id_ranges a = { 0 };
	_cleanup_id_ranges_ struct id_ranges b = { 0 };
	_cleanup_id_ranges_ struct id_ranges both = { 0 };

	CU_ASSERT_EQUAL(id_ranges_add(&a, (struct id_range){ 100, 100 }), 0);
	CU_ASSERT_EQUAL(id_ranges_add(&a, (struct id_range){ 2147483647u, 2147483648u }), 0);
	CU_ASSERT_EQUAL(id_ranges_add(&b, (struct id_range){ 150, 100 }), 0);
	CU_ASSERT_EQUAL(id_ranges_add(&b, (struct id_range){ 4294967290u, 5 }), 0);
	CU_ASSERT_EQUAL(id_ranges_common(&a, &b, &both), 0);
	CU_ASSERT_EQUAL_FATAL(both.n, 2);
	CU_ASSERT(both.list[0].first == 150 && both.list[0].count == 50);
	CU_ASSERT(both.list[1].first == 4294967290u && both.list[1].count == 5);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fputs(text, file);
	CU_ASSERT_EQUAL(fclose(file), 0);
}

static void files_of_subordinate_ids(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	_cleanup_id_ranges_ struct id_ranges got = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/subuid", t.path);
	UNIT_OK(id_ranges_read(path, "containers", &got, &err), err); /* not there */
	CU_ASSERT_EQUAL(got.n, 0);
	write_file(path, "user:100000:65536\n# containers:1:2\ncontainersx:1:2\n"
			 "containers:200000:65536\ncontainers:2147483647:2147483648");
	UNIT_OK(id_ranges_read(path, "containers", &got, &err), err);
	CU_ASSERT_EQUAL_FATAL(got.n, 2);
	CU_ASSERT(got.list[0].first == 200000 && got.list[1].count == 2147483648u);
	write_file(path, "user:100000:65536\ncontainers:1:x\n");
	UNIT_FAILS(id_ranges_read(path, "containers", &got, &err), EINVAL, err, "subuid:2:");
}

UNIT_MAIN("id_range", UNIT_TEST(a_range_is_two_numbers), UNIT_TEST(ranges_overlap_or_touch),
	  UNIT_TEST(free_ones_are_found), UNIT_TEST(common_parts),
	  UNIT_TEST(files_of_subordinate_ids))
