/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/dir.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/stat.h>

static void made_with_parents(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	struct stat st;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a/b/c", dir.path);
	_cleanup_close_ int fd = dir_make(path, 0700, &err);

	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	_cleanup_close_ int again = dir_make(path, 0700, &err);

	CU_ASSERT(again >= 0);
	(void)snprintf(path, sizeof(path), "/proc/nothing/here");
	CU_ASSERT(dir_make(path, 0700, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/proc/nothing"));
}

static void beneath_means_beneath(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();

	CU_ASSERT_EQUAL(symlinkat("/etc", dir.fd, "out"), 0);
	CU_ASSERT(dir_open_beneath(dir.fd, "../etc", O_PATH, 0) < 0);
	CU_ASSERT(dir_open_beneath(dir.fd, "/etc", O_PATH, 0) < 0);
	CU_ASSERT(dir_open_beneath(dir.fd, "out/passwd", O_PATH, 0) < 0);
	_cleanup_close_ int fd = dir_open_beneath(dir.fd, "new", O_CREAT | O_WRONLY, 0600);

	CU_ASSERT(fd >= 0);
}

static void trees_are_removed_without_following(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(mkdirat(dir.fd, "keep", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "keep/inside", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "gone", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "gone/deep", 0700), 0);
	CU_ASSERT_EQUAL(symlinkat("../../keep", dir.fd, "gone/deep/link"), 0);
	CU_ASSERT_EQUAL(mkfifoat(dir.fd, "gone/fifo", 0600), 0);
	UNIT_OK(dir_remove_tree(dir.fd, "gone", &err), err);
	CU_ASSERT_EQUAL(faccessat(dir.fd, "gone", F_OK, 0), -1);
	CU_ASSERT_EQUAL(faccessat(dir.fd, "keep/inside", F_OK, 0), 0);
	UNIT_OK(dir_remove_tree(dir.fd, "gone", &err), err);
}

UNIT_MAIN("dir", UNIT_TEST(made_with_parents), UNIT_TEST(beneath_means_beneath),
	  UNIT_TEST(trees_are_removed_without_following))
