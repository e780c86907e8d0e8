/* SPDX-License-Identifier: Apache-2.0 */
/* test_mount_options.c - words, their order, and where a mount may go. */
#include "mount_options.h"
#include "mounts.h"
#include "syscalls.h"

#include <linux/mount.h>
#include <string.h>

#include "support/unit.h"

static struct cleat_error err;
static const char *data[32];

static struct mount_options read_words(const char *words)
{
	static char copy[512];
	struct mount_options options = { .data = data };
	char *rest = copy;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		UNIT_OK(mount_options_add(&options, word, &err), err);
	return options;
}

static void every_word_is_found(void)
{
	/* The search is binary: a row in the wrong place would be lost. */
	for (size_t i = 0; mount_options_word(i); i++) {
		struct mount_options options = { .data = data };
		const char *word = mount_options_word(i);

		if (i > 0)
			CU_ASSERT(strcmp(mount_options_word(i - 1), word) < 0);
		UNIT_OK(mount_options_add(&options, word, &err), err);
		if (options.ndata == 1) /* sync, dirsync ...: passed on, as we know them */
			CU_ASSERT_STRING_EQUAL(options.data[0], word);
	}
}

static void the_last_word_wins(void)
{
	struct mount_options o = read_words("ro nosuid rw");

	CU_ASSERT_EQUAL(o.set, MOUNT_ATTR_NOSUID);
	CU_ASSERT(o.clear & MOUNT_ATTR_RDONLY);
	CU_ASSERT_FALSE(o.read_only);
	o = read_words("noatime strictatime");
	CU_ASSERT_EQUAL(o.set, MOUNT_ATTR_STRICTATIME);
	CU_ASSERT_EQUAL(o.clear, MOUNT_ATTR__ATIME);
	o = read_words("noatime relatime");
	CU_ASSERT_EQUAL(o.set, 0);
	CU_ASSERT_EQUAL(o.clear, MOUNT_ATTR__ATIME);
}

static void trees_and_mounts_are_apart(void)
{
	struct mount_options o = read_words("rbind rro nodev rslave");

	CU_ASSERT(o.bind && o.recursive);
	CU_ASSERT_EQUAL(o.set_all, MOUNT_ATTR_RDONLY);
	CU_ASSERT_EQUAL(o.set, MOUNT_ATTR_NODEV);
	CU_ASSERT_EQUAL(o.propagation, MS_SLAVE);
	CU_ASSERT(o.propagation_all);
	o = read_words("bind private");
	CU_ASSERT(o.bind && !o.recursive && !o.propagation_all);
	CU_ASSERT_EQUAL(o.propagation, MS_PRIVATE);
}

static void unknown_words_are_the_filesystems(void)
{
	struct mount_options o = read_words("size=65536k mode=755 nonsense");

	CU_ASSERT_EQUAL(o.ndata, 3);
	CU_ASSERT_STRING_EQUAL(o.data[2], "nonsense");
	CU_ASSERT(o.has_mode);
	CU_ASSERT(mount_options_add(&o, "a\nb", &err) < 0);
}

static void paths_are_cleaned(void)
{
	static const char *const rows[][2] = {
		{ "/", "" },
		{ "/proc", "proc" },
		{ "//proc///", "proc" },
		{ "/proc/./self", "proc/self" },
		{ "/a/../proc", "proc" },
		{ "/../../proc/sys/../1", "proc/1" },
		{ "relative/x", "relative/x" },
		{ "/a/b/../../..", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[64];

		mounts_clean_path(rows[i][0], out, sizeof(out));
		CU_ASSERT_STRING_EQUAL(out, rows[i][1]);
	}
}

static void nothing_goes_into_proc(void)
{
	int plain = open("/tmp", O_PATH | O_CLOEXEC);
	int proc = open("/proc", O_PATH | O_CLOEXEC);
	int inside = open("/proc/self", O_PATH | O_CLOEXEC);

	CU_ASSERT_FATAL(plain >= 0 && proc >= 0 && inside >= 0);
	CU_ASSERT(mounts_check_proc("/x", "tmpfs", plain, -1, &err) == 0);
	CU_ASSERT(mounts_check_proc("/proc", "proc", plain, -1, &err) == 0);
	CU_ASSERT(mounts_check_proc("/proc", "bind", plain, proc, &err) == 0);
	CU_ASSERT(mounts_check_proc("/proc", "tmpfs", plain, -1, &err) < 0);
	CU_ASSERT(mounts_check_proc("/proc", "bind", plain, plain, &err) < 0);
	CU_ASSERT(mounts_check_proc("/proc/self", "bind", plain, plain, &err) < 0);
	CU_ASSERT(mounts_check_proc("/proc//sys/../1", "bind", plain, plain, &err) < 0);
	CU_ASSERT(mounts_check_proc("/proc/uptime", "bind", inside, plain, &err) == 0);
	/* by what it is, whatever it is called */
	CU_ASSERT(mounts_check_proc("/innocent", "bind", inside, plain, &err) < 0);
	CU_ASSERT(mounts_check_proc("/innocent", "tmpfs", proc, -1, &err) < 0);
	(void)close(plain);
	(void)close(proc);
	(void)close(inside);
}

UNIT_MAIN("runtime-linux mount options", UNIT_TEST(every_word_is_found),
	  UNIT_TEST(the_last_word_wins), UNIT_TEST(trees_and_mounts_are_apart),
	  UNIT_TEST(unknown_words_are_the_filesystems), UNIT_TEST(paths_are_cleaned),
	  UNIT_TEST(nothing_goes_into_proc))
