/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbers 1..@last exist. */
static void make(const struct tmpdir *dir, uint64_t last)
{
	struct cleat_error err = { 0 };

	for (uint64_t i = 1; i <= last; i++) {
		struct cleat_snapshot snap = snapshot(dir, i, true);

		UNIT_OK(overlay_prepare(self(), &snap, &err), err);
	}
}

static bool has(const struct cleat_mount *mount, const char *wanted)
{
	for (size_t i = 0; mount->options[i]; i++)
		if (strcmp(mount->options[i], wanted) == 0)
			return true;
	return false;
}

static bool has_key(const struct cleat_mount *mount, const char *key)
{
	for (size_t i = 0; mount->options[i]; i++)
		if (strncmp(mount->options[i], key, strlen(key)) == 0)
			return true;
	return false;
}

static void alone_is_a_bind(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 1, true);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	char fs[128];

	make(&dir, 1);
	(void)snprintf(fs, sizeof(fs), "%s/1/fs", dir.path);
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_EQUAL(mounts.count, 1);
	CU_ASSERT_STRING_EQUAL(mounts.list->type, "bind");
	CU_ASSERT_STRING_EQUAL(mounts.list->source, fs);
	CU_ASSERT(has(mounts.list, "rw") && has(mounts.list, "rbind"));
	free(mounts.list);
	snap.writable = false;
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT(has(mounts.list, "ro") && !has(mounts.list, "rw"));
	free(mounts.list);
}

static void parents_come_nearest_first(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 2, 1 };
	struct cleat_snapshot snap = snapshot(&dir, 3, true);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	char lower[256], upper[256], work[256];

	make(&dir, 3);
	snap.parents = parents;
	snap.nparents = 2;
	snap.base = "/a:b,c\\d";
	(void)snprintf(lower, sizeof(lower), "lowerdir=%s/2/fs:%s/1/fs:/a\\:b\\,c\\\\d", dir.path,
		       dir.path);
	(void)snprintf(upper, sizeof(upper), "upperdir=%s/3/fs", dir.path);
	(void)snprintf(work, sizeof(work), "workdir=%s/3/work", dir.path);
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_EQUAL(mounts.count, 1);
	CU_ASSERT_STRING_EQUAL(mounts.list->type, "overlay");
	CU_ASSERT(has(mounts.list, lower));
	CU_ASSERT(has(mounts.list, upper));
	CU_ASSERT(has(mounts.list, work));
	free(mounts.list);
}

static void transient_ones_are_volatile(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 2, 1 };
	struct cleat_snapshot snap = snapshot(&dir, 3, true);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	char mark[128];

	make(&dir, 3);
	snap.parents = parents;
	snap.nparents = 2;
	snap.size = sizeof(snap);
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_FALSE(has(mounts.list, "volatile"));
	free(mounts.list);
	for (const char *part = "/work\0/work/work\0/work/work/incompat\0"
				"/work/work/incompat/volatile\0";
	     *part; part += strlen(part) + 1) {
		(void)snprintf(mark, sizeof(mark), "%s/3%s", dir.path, part);
		(void)mkdir(mark, 0700);
	}
	CU_ASSERT_EQUAL(access(mark, F_OK), 0);
	CU_ASSERT_EQUAL(mknodat(dir.fd, "3/work/work/incompat/volatile/dirty", S_IFREG | 0600, 0),
			0);
	snap.transient = true;
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT(has(mounts.list, "volatile"));
	CU_ASSERT_EQUAL(access(mark, F_OK), -1); /* or the kernel would refuse the second mount */
	free(mounts.list);
	snap.size = offsetof(struct cleat_snapshot, transient); /* a core that does not know it */
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_FALSE(has(mounts.list, "volatile"));
	free(mounts.list);
}

static void views_have_no_upper(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 2, 1 };
	struct cleat_snapshot snap = snapshot(&dir, 3, false);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };
	char fs[128];

	make(&dir, 3);
	snap.parents = parents;
	snap.nparents = 2;
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_STRING_EQUAL(mounts.list->type, "overlay");
	CU_ASSERT(has_key(mounts.list, "lowerdir="));
	CU_ASSERT_FALSE(has_key(mounts.list, "upperdir=") || has_key(mounts.list, "workdir="));
	free(mounts.list);
	snap.nparents = 1;
	(void)snprintf(fs, sizeof(fs), "%s/2/fs", dir.path);
	UNIT_OK(overlay_mounts(self(), &snap, &mounts, &err), err);
	CU_ASSERT_STRING_EQUAL(mounts.list->type, "bind");
	CU_ASSERT_STRING_EQUAL(mounts.list->source, fs);
	CU_ASSERT(has(mounts.list, "ro"));
	free(mounts.list);
}

static void a_missing_layer_is_named(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 2, 1 };
	struct cleat_snapshot snap = snapshot(&dir, 1, true);
	struct cleat_mounts mounts = { .size = sizeof(mounts) };
	struct cleat_error err = { 0 };

	make(&dir, 1);
	snap.parents = parents;
	snap.nparents = 2;
	UNIT_FAILS(overlay_mounts(self(), &snap, &mounts, &err), ENOENT, err, "2/fs");
}

static void own_options_are_refused(void)
{
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(overlay_check_options("", &err), 0);
	CU_ASSERT_EQUAL(overlay_check_options("volatile,xino=off", &err), 0);
	UNIT_FAILS(overlay_check_options("volatile,upperdir=/x", &err), EINVAL, err, "upperdir=/x");
	UNIT_FAILS(overlay_check_options("lowerdir=/x", &err), EINVAL, err, "lowerdir=/x");
}

UNIT_MAIN("snapshotter/overlay: mounts", UNIT_TEST(alone_is_a_bind),
	  UNIT_TEST(parents_come_nearest_first), UNIT_TEST(transient_ones_are_volatile),
	  UNIT_TEST(views_have_no_upper), UNIT_TEST(a_missing_layer_is_named),
	  UNIT_TEST(own_options_are_refused))
