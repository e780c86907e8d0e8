/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "tarball.h"

#include "image/layer/unpack.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static int unpack(const struct tmpdir *dir, int fd, uint32_t whiteout, struct cleat_error *err)
{
	const struct unpack_options options = { .layer = "L", .whiteout = whiteout };
	int r = unpack_layer(fd, dir->fd, &options, err);

	(void)close(fd);
	return r;
}

static bool is_there(const struct tmpdir *dir, const char *name)
{
	return faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_whiteout(const struct tmpdir *dir, const char *name)
{
	struct stat st;

	return fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(0, 0);
}

static bool is_opaque(const struct tmpdir *dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir->fd, name, O_RDONLY | O_DIRECTORY);
	char value[4] = "";

	return fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)) == 1 &&
	       value[0] == 'y';
}

/* trusted.* attributes are root's alone. */
static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	(void)fprintf(stderr, "skipped: needs root ");
	return false;
}

static void lower(const struct tmpdir *dir)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	tarball_file(&t, "etc/a", "lower");
	tarball_file(&t, "etc/b", "lower");
	tarball_file(&t, "etc/sub/c", "lower");
	tarball_file(&t, "var/x/y", "lower");
	UNIT_OK(unpack(dir, tarball_end(&t), CLEAT_WHITEOUT_REMOVE, &err), err);
}

static void kinds(void)
{
	CU_ASSERT_EQUAL(whiteout_kind("a/b", "b"), WHITEOUT_NONE);
	CU_ASSERT_EQUAL(whiteout_kind("a/.wh.b", ".wh.b"), WHITEOUT_NAME);
	CU_ASSERT_EQUAL(whiteout_kind("a/.wh..wh..opq", ".wh..wh..opq"), WHITEOUT_OPAQUE);
	CU_ASSERT_EQUAL(whiteout_kind(".wh..wh.plnk/1", "1"), WHITEOUT_SKIP);
	CU_ASSERT_EQUAL(whiteout_kind("a/.wh..wh.aufs", ".wh..wh.aufs"), WHITEOUT_SKIP);
	CU_ASSERT_EQUAL(whiteout_kind(".wh.", ".wh."), WHITEOUT_BAD);
	CU_ASSERT_EQUAL(whiteout_kind(".wh..", ".wh.."), WHITEOUT_BAD);
	CU_ASSERT_EQUAL(whiteout_kind("a/.wh...", ".wh..."), WHITEOUT_BAD);
	CU_ASSERT_EQUAL(whiteout_kind("a/.wh..hidden", ".wh..hidden"), WHITEOUT_NAME);
}

static void removed_from_a_whole_tree(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	lower(&dir);
	tarball_file(&t, "etc/.wh.a", "");
	tarball_file(&t, "etc/.wh.sub", "");
	tarball_file(&t, "etc/.wh.never-there", "");
	UNIT_OK(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_REMOVE, &err), err);
	CU_ASSERT_FALSE(is_there(&dir, "etc/a"));
	CU_ASSERT_FALSE(is_there(&dir, "etc/sub"));
	CU_ASSERT(is_there(&dir, "etc/b"));
	CU_ASSERT_FALSE(is_there(&dir, "etc/.wh.a"));
}

/* Wherever the mark stands: what the layer brings itself stays. */
static void opaque_in_a_whole_tree(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	lower(&dir);
	tarball_file(&t, "etc/sub/new", "upper");
	tarball_file(&t, "etc/.wh..wh..opq", "");
	tarball_file(&t, "etc/after", "upper");
	UNIT_OK(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_REMOVE, &err), err);
	CU_ASSERT(is_there(&dir, "etc/sub/new"));
	CU_ASSERT(is_there(&dir, "etc/after"));
	CU_ASSERT_FALSE(is_there(&dir, "etc/sub/c"));
	CU_ASSERT_FALSE(is_there(&dir, "etc/a"));
	CU_ASSERT(is_there(&dir, "var/x/y"));
}

static void marks_of_overlayfs(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	if (!is_root())
		return;
	tarball_file(&t, "etc/.wh.a", "");
	tarball_file(&t, "var/.wh..wh..opq", "");
	tarball_file(&t, "var/new", "upper");
	tarball_file(&t, ".wh..wh.plnk/1", "");
	UNIT_OK(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_OVERLAY, &err), err);
	CU_ASSERT(is_whiteout(&dir, "etc/a"));
	CU_ASSERT_FALSE(is_opaque(&dir, "etc"));
	CU_ASSERT(is_opaque(&dir, "var"));
	CU_ASSERT(is_there(&dir, "var/new"));
	CU_ASSERT_FALSE(is_there(&dir, "var/.wh..wh..opq"));
	CU_ASSERT_FALSE(is_there(&dir, ".wh..wh.plnk"));
}

/* Deleted and brought anew in one layer: the new one must hide all of the old one. */
static void deleted_and_made_anew(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	if (!is_root())
		return;
	tarball_file(&t, ".wh.first", "");
	tarball_dir(&t, "first");
	tarball_dir(&t, "second");
	tarball_file(&t, ".wh.second", "");
	tarball_file(&t, "third", "new");
	tarball_file(&t, ".wh.third", "");
	tarball_dir(&t, "plain");
	UNIT_OK(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_OVERLAY, &err), err);
	CU_ASSERT(is_opaque(&dir, "first"));
	CU_ASSERT(is_opaque(&dir, "second"));
	CU_ASSERT(is_there(&dir, "third") && !is_whiteout(&dir, "third"));
	CU_ASSERT_FALSE(is_opaque(&dir, "plain"));
}

static bool is_implied(const struct tmpdir *dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir->fd, name, O_RDONLY | O_DIRECTORY);

	return fgetxattr(fd, CLEAT_XATTR_IMPLIED, NULL, 0) == 1;
}

static void directories_that_are_not_named_are_marked(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct archive_entry *entry = tarball_entry("liar", AE_IFDIR, 0755);
	struct cleat_error err = { 0 };

	if (!is_root())
		return;
	tarball_file(&t, "tmp/file", "x");
	tarball_dir(&t, "named");
	tarball_file(&t, "named/file", "x");
	tarball_file(&t, "later/file", "x");
	tarball_dir(&t, "later");
	archive_entry_xattr_add_entry(entry, CLEAT_XATTR_IMPLIED, "y", 1);
	tarball_put(&t, entry, NULL);
	UNIT_OK(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_OVERLAY, &err), err);
	CU_ASSERT(is_implied(&dir, "."));
	CU_ASSERT(is_implied(&dir, "tmp"));
	CU_ASSERT_FALSE(is_implied(&dir, "named"));
	CU_ASSERT_FALSE(is_implied(&dir, "later"));
	CU_ASSERT_FALSE(is_implied(&dir, "liar"));
}

static void whiteouts_that_escape(void)
{
	static const char *const bad[] = { ".wh..", "a/.wh...", "a/.wh." };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
		struct cleat_error err = { 0 };

		UNIT_FAILS(unpack(&dir, tarball_of(bad[i], ""), CLEAT_WHITEOUT_REMOVE, &err),
			   EINVAL, err, "whiteout");
	}
}

static void not_through_a_symlink(void)
{
	_cleanup_tmpdir_ struct tmpdir outside = tmpdir_make();
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	lower(&outside);
	tarball_symlink(&t, "out", outside.path);
	tarball_file(&t, "out/.wh.etc", "");
	UNIT_FAILS(unpack(&dir, tarball_end(&t), CLEAT_WHITEOUT_REMOVE, &err), EINVAL, err,
		   "behind a symbolic link");
	CU_ASSERT(is_there(&outside, "etc/a"));
}

UNIT_MAIN("whiteouts", UNIT_TEST(kinds), UNIT_TEST(removed_from_a_whole_tree),
	  UNIT_TEST(opaque_in_a_whole_tree), UNIT_TEST(marks_of_overlayfs),
	  UNIT_TEST(deleted_and_made_anew), UNIT_TEST(directories_that_are_not_named_are_marked),
	  UNIT_TEST(whiteouts_that_escape), UNIT_TEST(not_through_a_symlink))
