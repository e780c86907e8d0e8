/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/fd.h"
#include "base/file_atomic.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static int count(const char *path)
{
	DIR *stream = opendir(path);
	int n = 0;

	while (stream && readdir(stream))
		n++;
	(void)closedir(stream);
	return n - 2;
}

static void replaces_whole(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_free_ char *data = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(file_replace(dir.fd, "r", "one", 3, 0600, true, &err), err);
	UNIT_OK(file_replace(dir.fd, "r", "second", 6, 0640, false, &err), err);
	UNIT_OK(fd_read_file(dir.fd, "r", 99, &data, NULL, &err), err);
	CU_ASSERT_STRING_EQUAL(data, "second");
	CU_ASSERT_EQUAL(count(dir.path), 1);
}

static void replaces_a_link_itself(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_free_ char *data = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(file_replace(dir.fd, "target", "safe", 4, 0600, false, &err), err);
	CU_ASSERT_EQUAL(symlinkat("target", dir.fd, "r"), 0);
	UNIT_OK(file_replace(dir.fd, "r", "new", 3, 0600, false, &err), err);
	UNIT_OK(fd_read_file(dir.fd, "target", 99, &data, NULL, &err), err);
	CU_ASSERT_STRING_EQUAL(data, "safe");
}

static void failure_leaves_nothing(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(mkdirat(dir.fd, "r", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(dir.fd, "r/x", 0700), 0);
	CU_ASSERT(file_replace(dir.fd, "r", "new", 3, 0600, false, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cannot write 'r'"));
	CU_ASSERT_EQUAL(count(dir.path), 1);
}

UNIT_MAIN("file_atomic", UNIT_TEST(replaces_whole), UNIT_TEST(replaces_a_link_itself),
	  UNIT_TEST(failure_leaves_nothing))
