/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static void prepare(const struct cleat_snapshot *snap)
{
	struct cleat_error err = { 0 };

	UNIT_OK(overlay_prepare(self(), snap, &err), err);
}

static bool is_there(const struct tmpdir *dir, const char *name)
{
	return faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void prepared_once(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 7, true);
	struct cleat_error err = { 0 };

	prepare(&snap);
	CU_ASSERT(is_there(&dir, "7/fs"));
	CU_ASSERT(is_there(&dir, "7/work"));
	CU_ASSERT_FALSE(is_there(&dir, ".new-7"));
	UNIT_FAILS(overlay_prepare(self(), &snap, &err), EEXIST, err, "exists already");
}

static void half_made_is_replaced(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 3, false);

	CU_ASSERT_EQUAL(mkdirat(dir.fd, ".new-3", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, ".new-3/left", 0700), 0);
	prepare(&snap);
	CU_ASSERT_FALSE(is_there(&dir, "3/left"));
	CU_ASSERT_FALSE(is_there(&dir, "3/work"));
}

static void root_looks_like_the_parent(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 1 };
	struct cleat_snapshot lower = snapshot(&dir, 1, true), upper = snapshot(&dir, 2, true);
	struct stat st;

	prepare(&lower);
	CU_ASSERT_EQUAL(fchmodat(dir.fd, "1/fs", 01750, 0), 0);
	upper.parents = parents;
	upper.nparents = 1;
	prepare(&upper);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "2/fs", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 01750);
}

static void removed_and_removed_again(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 9, true);
	struct cleat_error err = { 0 };

	prepare(&snap);
	CU_ASSERT_EQUAL(symlinkat("/etc", dir.fd, "9/fs/etc"), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, ".old-9", 0700), 0); /* an interrupted removal's */
	UNIT_OK(overlay_remove(self(), &snap, &err), err);
	CU_ASSERT_FALSE(is_there(&dir, "9"));
	CU_ASSERT_FALSE(is_there(&dir, ".old-9"));
	CU_ASSERT_EQUAL(access("/etc/passwd", F_OK), 0);
	UNIT_OK(overlay_remove(self(), &snap, &err), err);
}

/* Deeper than the descriptors and the path length that we have. */
static void a_very_deep_tree_is_removed(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 4, true);
	struct cleat_error err = { 0 };
	int at = -1;

	prepare(&snap);
	at = openat(dir.fd, "4/fs", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 3000; i++) {
		CU_ASSERT_FATAL(at >= 0);
		CU_ASSERT_FATAL(mkdirat(at, "d", 0755) == 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY);

		(void)close(at);
		at = next;
	}
	(void)close(at);
	UNIT_OK(overlay_remove(self(), &snap, &err), err);
	CU_ASSERT_EQUAL(rmdir(dir.path), 0); /* nothing that was moved up is left either */
}

static void hard_links_count_once(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 5, true);
	struct cleat_usage before = { .size = sizeof(before) }, after = { .size = sizeof(after) };
	struct cleat_error err = { 0 };
	char block[8192] = "x";

	prepare(&snap);
	UNIT_OK(overlay_usage(self(), &snap, &before, &err), err);
	_cleanup_close_ int fd = openat(dir.fd, "5/fs/file", O_CREAT | O_WRONLY, 0644);

	CU_ASSERT_EQUAL(write(fd, block, sizeof(block)), (ssize_t)sizeof(block));
	for (int i = 0; i < 600; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "5/fs/link%d", i);
		CU_ASSERT_EQUAL(linkat(dir.fd, "5/fs/file", dir.fd, name, 0), 0);
	}
	(void)fsync(fd);
	UNIT_OK(overlay_usage(self(), &snap, &after, &err), err);
	CU_ASSERT_EQUAL(after.inodes, before.inodes + 1);
	CU_ASSERT(after.bytes >= before.bytes + sizeof(block));
	CU_ASSERT(after.bytes < before.bytes + 100 * sizeof(block));
}

static void commit_freezes(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 6, true);
	struct cleat_error err = { 0 };

	UNIT_FAILS(overlay_commit(self(), &snap, &err), ENOENT, err, "6/fs");
	prepare(&snap);
	UNIT_OK(overlay_commit(self(), &snap, &err), err);
	CU_ASSERT(is_there(&dir, "6/fs"));
	CU_ASSERT_FALSE(is_there(&dir, "6/work"));
}

static void unpack_says_which_whiteouts(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 1 };
	struct cleat_snapshot snap = snapshot(&dir, 1, true);
	struct cleat_unpack target = { .size = sizeof(target) };
	struct cleat_error err = { 0 };

	prepare(&snap);
	UNIT_OK(overlay_unpack(self(), &snap, &target, &err), err);
	CU_ASSERT_EQUAL(target.whiteout, CLEAT_WHITEOUT_REMOVE);
	(void)close(target.dir_fd);
	snap.number = 2;
	snap.parents = parents;
	snap.nparents = 1;
	prepare(&snap);
	UNIT_OK(overlay_unpack(self(), &snap, &target, &err), err);
	CU_ASSERT_EQUAL(target.whiteout, CLEAT_WHITEOUT_OVERLAY);
	(void)close(target.dir_fd);
}

/* "tmp/file" without "tmp": the directory looks as it does below; one that is nowhere below stays. */
static void implied_directories_look_as_below(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const uint64_t parents[] = { 2, 1 };
	struct cleat_snapshot low = snapshot(&dir, 1, true), mid = snapshot(&dir, 2, true);
	struct cleat_snapshot top = snapshot(&dir, 3, true);
	struct cleat_error err = { 0 };
	struct stat st;

	if (geteuid() != 0) {
		(void)fprintf(stderr, "skipped: trusted.* attributes need root ");
		return;
	}
	prepare(&low);
	prepare(&mid);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "1/fs/tmp", 0755), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "1/fs/tmp/own", 0755), 0);
	CU_ASSERT_EQUAL(fchmodat(dir.fd, "1/fs/tmp", 01777, 0), 0);
	CU_ASSERT_EQUAL(fchownat(dir.fd, "1/fs/tmp/own", 12, 34, 0), 0);
	CU_ASSERT_EQUAL(symlinkat("/etc", dir.fd, "2/fs/link"), 0);
	top.parents = parents;
	top.nparents = 2;
	prepare(&top);
	static const char *const implied[] = { "", "/tmp", "/tmp/own", "/link", "/new" };

	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "3/fs%s", implied[i]);
		CU_ASSERT(mkdirat(dir.fd, name, 0755) == 0 || i == 0);
		_cleanup_close_ int fd = openat(dir.fd, name, O_RDONLY | O_DIRECTORY);

		if (fsetxattr(fd, CLEAT_XATTR_IMPLIED, "y", 1, 0) < 0) {
			(void)fprintf(stderr, "skipped: no extended attributes here ");
			return;
		}
	}
	UNIT_OK(overlay_commit(self(), &top, &err), err);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "3/fs/tmp", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 01777);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "3/fs/tmp/own", &st, 0), 0);
	CU_ASSERT(st.st_uid == 12 && st.st_gid == 34);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "3/fs/link", &st, AT_SYMLINK_NOFOLLOW), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0755);
	for (size_t i = 0; i < ARRAY_SIZE(implied); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "3/fs%s", implied[i]);
		_cleanup_close_ int fd = openat(dir.fd, name, O_RDONLY | O_DIRECTORY);

		CU_ASSERT(fgetxattr(fd, CLEAT_XATTR_IMPLIED, NULL, 0) < 0);
	}
}

/* Root mounts for real; others get a refusal that names the directory. */
static void checked_by_doing(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_snapshot snap = snapshot(&dir, 0, false);
	struct cleat_error err = { 0 };
	int r = overlay_check(self(), &snap, &err);

	if (r < 0)
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, dir.path));
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_FALSE(is_there(&dir, ".check"));
}

UNIT_MAIN("snapshotter/overlay: layout", UNIT_TEST(prepared_once), UNIT_TEST(half_made_is_replaced),
	  UNIT_TEST(root_looks_like_the_parent), UNIT_TEST(removed_and_removed_again),
	  UNIT_TEST(a_very_deep_tree_is_removed), UNIT_TEST(hard_links_count_once),
	  UNIT_TEST(commit_freezes), UNIT_TEST(unpack_says_which_whiteouts),
	  UNIT_TEST(implied_directories_look_as_below), UNIT_TEST(checked_by_doing))
