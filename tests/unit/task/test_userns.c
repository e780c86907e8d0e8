/* SPDX-License-Identifier: Apache-2.0 */
/* test_userns.c - who gets which ids, beside containers that have some. */
#include "task/task.h"

#include "config/config.h"
#include "support/unit.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;
static struct config config;
static struct tasks tasks;
static struct task others[2];
static container_config wishes[2];

static void begin(const char *ids, int64_t size)
{
	memset(&config, 0, sizeof(config));
	memset(&tasks, 0, sizeof(tasks));
	memset(others, 0, sizeof(others));
	config.cleat.userns_ids = ids;
	config.cleat.userns_size = size;
	tasks.env.config = &config;
}

/* Container @i has these ids, by --userns @how. */
static void has(size_t i, char *how, int64_t uid, int64_t gid, int64_t size)
{
	cleat__v1__container_config__init(&wishes[i]);
	wishes[i].userns = how;
	others[i].config = &wishes[i];
	others[i].row.name = (char *)(uintptr_t)(i ? "second" : "first");
	others[i].row.userns_uid = uid;
	others[i].row.userns_gid = gid;
	others[i].row.userns_size = size;
	others[i].next = tasks.first;
	tasks.first = &others[i];
}

static int choose(char *how, struct store_container *row)
{
	container_config wish = CLEAT__V1__CONTAINER_CONFIG__INIT;

	wish.userns = how;
	memset(row, 0, sizeof(*row));
	return userns_choose(&tasks, &wish, row, &err);
}

static void nothing_means_nothing(void)
{
	char *const words[] = { "", "host" };
	struct store_container row;

	begin("", 65536);
	for (size_t i = 0; i < 2; i++) {
		UNIT_OK(choose(words[i], &row), err);
		CU_ASSERT_EQUAL(row.userns_size, 0);
	}
}

static void auto_goes_round_all_others(void)
{
	struct store_container row;

	begin("1000:500", 100);
	UNIT_OK(choose("auto", &row), err);
	CU_ASSERT(row.userns_uid == 1000 && row.userns_gid == 1000 && row.userns_size == 100);
	has(0, "auto", 1000, 1000, 100);
	has(1, "5:1250:1", 5, 1250, 1); /* only its group is in the way */
	UNIT_OK(choose("auto", &row), err);
	CU_ASSERT_EQUAL(row.userns_uid, 1100);
	others[0].row.userns_size = 250;
	UNIT_OK(choose("auto", &row), err);
	CU_ASSERT_EQUAL(row.userns_uid, 1300);
	others[0].row.userns_size = 500;
	UNIT_FAILS(choose("auto", &row), ENOSPC, err, "none of the 500 ids");
	CU_ASSERT_EQUAL(row.userns_size, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "userns-ids"));
}

static void a_named_range_may_be_shared_with_another_named_one(void)
{
	struct store_container row;

	begin("1000:500", 100);
	has(0, "50:60:10", 50, 60, 10);
	has(1, "auto", 1000, 1000, 100);
	UNIT_OK(choose("50:60:10", &row), err);
	CU_ASSERT(row.userns_uid == 50 && row.userns_gid == 60 && row.userns_size == 10);
	UNIT_FAILS(choose("1099:5:1", &row), EBUSY, err, "container second has ids 1000 to 1099");
	UNIT_FAILS(choose("5:950:51", &row), EBUSY, err, "container second");
	CU_ASSERT_EQUAL(row.userns_size, 0);
	UNIT_OK(choose("1100:950:50", &row), err);
	UNIT_FAILS(choose("1:2", &row), EINVAL, err, "cannot use --userns 1:2: it is host");
}

UNIT_MAIN("task/userns", UNIT_TEST(nothing_means_nothing), UNIT_TEST(auto_goes_round_all_others),
	  UNIT_TEST(a_named_range_may_be_shared_with_another_named_one))
