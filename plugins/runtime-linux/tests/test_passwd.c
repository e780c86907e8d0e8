/* SPDX-License-Identifier: Apache-2.0 */
/* test_passwd.c - numbers, good and broken files, and files that are none. */
#include "passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/unit.h"

static char directory[] = "/tmp/rt-unit-XXXXXX";
static char path[64];

static void put(const void *text, size_t len)
{
	int fd = -1;

	if (!*path) {
		if (!mkdtemp(directory))
			abort();
		(void)snprintf(path, sizeof(path), "%s/file", directory);
	}
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	(void)close(fd);
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

static void numbers_are_strict(void)
{
	uint32_t id = 7;

	CU_ASSERT(passwd_number("0", &id) == 0 && id == 0);
	CU_ASSERT(passwd_number("4294967294", &id) == 0 && id == 4294967294u);
	CU_ASSERT_EQUAL(passwd_number("4294967295", &id), -ERANGE);
	CU_ASSERT_EQUAL(passwd_number("99999999999999999999999", &id), -ERANGE);
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x0", "1e3", "root" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(passwd_number(bad[i], &id), -EINVAL);
}

static void users_are_found(void)
{
	struct passwd_entry entry;

	put_text("root:x:0:0:root:/root:/bin/sh\n"
		 "broken:x:1\n"
		 "minus:x:-1:0::/:\n"
		 "u:x:1000:50::/home/u:/bin/sh\n"
		 "last:x:7:8::/l:/bin/sh"); /* no line end */
	CU_ASSERT_EQUAL(passwd_find(path, "u", 0, &entry), 0);
	CU_ASSERT(entry.uid == 1000 && entry.gid == 50 && strcmp(entry.home, "/home/u") == 0);
	CU_ASSERT_EQUAL(passwd_find(path, NULL, 0, &entry), 0);
	CU_ASSERT_STRING_EQUAL(entry.home, "/root");
	CU_ASSERT_EQUAL(passwd_find(path, "last", 0, &entry), 0);
	CU_ASSERT_EQUAL(passwd_find(path, "broken", 0, &entry), -ENOENT);
	CU_ASSERT_EQUAL(passwd_find(path, "minus", 0, &entry), -ENOENT);
	CU_ASSERT_EQUAL(passwd_find(path, "roo", 0, &entry), -ENOENT);
	CU_ASSERT_EQUAL(passwd_find(path, "", 0, &entry), -ENOENT);
}

static void groups_are_found(void)
{
	uint32_t gids[2];
	uint32_t gid = 0;
	size_t n = 0;

	put_text("a:x:1:u\nb:x:2:v,u\nc:x:3:uu\nd:x:4:\ne:x:99999999999:u\n");
	CU_ASSERT(group_find(path, "b", &gid) == 0 && gid == 2);
	CU_ASSERT_EQUAL(group_find(path, "e", &gid), -ENOENT);
	CU_ASSERT_EQUAL(group_memberships(path, "u", gids, 2, &n), 0);
	CU_ASSERT(n == 2 && gids[0] == 1 && gids[1] == 2);
	n = 0;
	CU_ASSERT_EQUAL(group_memberships(path, "u", gids, 1, &n), -E2BIG);
}

static void long_lines_and_zeros_are_skipped(void)
{
	static char text[8192];
	struct passwd_entry entry;
	static const char zero[] = "u\0:x:5:5::/:\nv:x:6:6::/:\n";

	memset(text, 'a', sizeof(text));
	memcpy(text + 5000, "\nu:x:3:4::/h:\n", 14);
	put(text, sizeof(text));
	CU_ASSERT(passwd_find(path, "u", 0, &entry) == 0 && entry.uid == 3);
	put(zero, sizeof(zero) - 1);
	CU_ASSERT_EQUAL(passwd_find(path, "u", 0, &entry), -ENOENT);
	CU_ASSERT(passwd_find(path, "v", 0, &entry) == 0 && entry.uid == 6);
}

static void what_is_no_file_does_not_hang(void)
{
	struct passwd_entry entry;

	put_text("x");
	(void)unlink(path);
	CU_ASSERT_EQUAL(passwd_find(path, "u", 0, &entry), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(passwd_find(path, "u", 0, &entry), -EINVAL);
	(void)unlink(path);
	CU_ASSERT_EQUAL(passwd_find("/dev/zero", "u", 0, &entry), -EINVAL);
	CU_ASSERT(passwd_find("/", "u", 0, &entry) < 0);
	put_text("x");
	CU_ASSERT_EQUAL_FATAL(truncate(path, 1 << 30), 0); /* sparse: it must stop early */
	CU_ASSERT_EQUAL(passwd_find(path, "u", 0, &entry), -EFBIG);
	(void)unlink(path);
	(void)rmdir(directory);
}

UNIT_MAIN("runtime-linux passwd", UNIT_TEST(numbers_are_strict), UNIT_TEST(users_are_found),
	  UNIT_TEST(groups_are_found), UNIT_TEST(long_lines_and_zeros_are_skipped),
	  UNIT_TEST(what_is_no_file_does_not_hang))
