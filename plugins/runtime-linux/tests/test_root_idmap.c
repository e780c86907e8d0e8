/* SPDX-License-Identifier: Apache-2.0 */
/* test_root_idmap.c - containerd's words for mapped ids are read strictly; without them nothing is mapped. */
#include "../root_idmap.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;
static struct root_idmap map;

static int read_words(const char *first, const char *second)
{
	const char *const options[] = { "ro", first, second, NULL };
	const struct cleat_mount mount = { .type = "overlay", .options = options };

	return root_idmap_read(&mount, &map, &err);
}

static void none(void)
{
	const struct cleat_mount bare = { .type = "bind" };

	UNIT_OK(root_idmap_read(&bare, &map, &err), err);
	CU_ASSERT(map.uids.n == 0 && map.gids.n == 0);
	UNIT_OK(read_words("uidmapped=1", "rbind"), err);
	CU_ASSERT(map.uids.n == 0 && map.gids.n == 0);
	CU_ASSERT_TRUE(root_idmap_is_word("uidmap=x") && root_idmap_is_word("gidmap="));
	CU_ASSERT_FALSE(root_idmap_is_word("uidmap") || root_idmap_is_word("lowerdir=/uidmap="));
}

static void rows(void)
{
	UNIT_OK(read_words("uidmap=0:100000:65536", "gidmap=0:200000:1000,1000:5:1"), err);
	CU_ASSERT_FATAL(map.uids.n == 1 && map.gids.n == 2);
	CU_ASSERT(map.uids.rows[0].inside == 0 && map.uids.rows[0].outside == 100000 &&
		  map.uids.rows[0].size == 65536);
	CU_ASSERT(map.gids.rows[1].inside == 1000 && map.gids.rows[1].outside == 5 &&
		  map.gids.rows[1].size == 1);
	UNIT_OK(read_words("uidmap=0:0:4294967295", "gidmap=4294967294:0:1"), err);
}

static void refused(void)
{
	static const char *const bad[] = {
		"uidmap=",
		"uidmap=0",
		"uidmap=0:1",
		"uidmap=0:1:",
		"uidmap=0:1:2:3",
		"uidmap=0:1:2,",
		"uidmap=,0:1:2",
		"uidmap=0:1:0",
		"uidmap=-1:1:2",
		"uidmap= 0:1:2",
		"uidmap=0:1:2 ",
		"uidmap=4294967296:1:1",
		"uidmap=0:99999999999:1",
		"uidmap=0:4294967290:6",
		"uidmap=4294967290:0:6",
		"uidmap=a:b:c",
	};
	char many[8 * (MAX_ROOT_IDMAPS + 1) + 16] = "uidmap=0:0:1";

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(read_words(bad[i], "gidmap=0:1:1"), EINVAL, err, "INSIDE:OUTSIDE:SIZE");
	UNIT_FAILS(read_words("uidmap=0:1:1", "rw"), EINVAL, err, "need each other");
	UNIT_FAILS(read_words("rw", "gidmap=0:1:1"), EINVAL, err, "need each other");
	for (int i = 1; i < MAX_ROOT_IDMAPS; i++)
		(void)strcat(many, ",0:0:1");
	UNIT_OK(read_words(many, "gidmap=0:1:1"), err);
	(void)strcat(many, ",0:0:1");
	UNIT_FAILS(read_words(many, "gidmap=0:1:1"), EINVAL, err, "more than 340 rows");
}

UNIT_MAIN("root_idmap", UNIT_TEST(none), UNIT_TEST(rows), UNIT_TEST(refused))
