/* SPDX-License-Identifier: Apache-2.0 */
/* test_userns.c - what --userns takes, and what it says of what it does not take. */
#include "support/unit.h"

#include "base/userns.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;

static void words(void)
{
	struct userns u = { 0 };

	UNIT_OK(userns_parse("", &u, &err), err);
	CU_ASSERT(u.mode == USERNS_HOST && u.size == 0);
	UNIT_OK(userns_parse("auto", &u, &err), err);
	CU_ASSERT(u.mode == USERNS_AUTO && u.size == 0);
	UNIT_OK(userns_parse("host", &u, &err), err);
	CU_ASSERT(u.mode == USERNS_HOST && u.size == 0);
}

static void numbers(void)
{
	struct userns u = { 0 };

	UNIT_OK(userns_parse("100000:200000:65536", &u, &err), err);
	CU_ASSERT(u.mode == USERNS_RANGE && u.uid == 100000 && u.gid == 200000 && u.size == 65536);
	UNIT_OK(userns_parse("4294967294:0:1", &u, &err), err);
	UNIT_OK(userns_parse("0:0:4294967295", &u, &err), err);
}

static void refused(void)
{
	static const char *const bad[] = { "keep-id",
					   "Auto",
					   "auto:size=5",
					   "1",
					   "1:2",
					   "1:2:3:4",
					   ":::",
					   "::",
					   "-1:2:3",
					   "1:2:-3",
					   "1:2:3 ",
					   " 1:2:3",
					   "1:2:0x10",
					   "+1:2:3",
					   "1:2:",
					   "1::3",
					   "a:b:c",
					   "4294967296:1:1",
					   "1:1:99999999999" };
	struct userns u = { .uid = 9 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(userns_parse(bad[i], &u, &err), EINVAL, err, "UID:GID:N");
	UNIT_FAILS(userns_parse("1:2:0", &u, &err), EINVAL, err, "N is 0");
	UNIT_FAILS(userns_parse("4294967290:2:6", &u, &err), EINVAL, err, "UID and N go beyond");
	UNIT_FAILS(userns_parse("2:4294967290:6", &u, &err), EINVAL, err, "GID and N go beyond");
	UNIT_FAILS(userns_parse("4294967295:1:1", &u, &err), EINVAL, err, "UID and N go beyond");
	CU_ASSERT_EQUAL(u.uid, 9);
}

UNIT_MAIN("userns", UNIT_TEST(words), UNIT_TEST(numbers), UNIT_TEST(refused))
