/* SPDX-License-Identifier: Apache-2.0 */
/* test_bundle.c - made anew each time, private, and its exit records read strictly. */
#include "task/bundle.h"

#include "support/tmpdir.h"
#include "support/unit.h"

#include <errno.h>
#include <sys/stat.h>

static struct cleat_error err;

static void leftovers_are_cleared(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	char path[128];
	char left[160];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/ns/id", dir.path);
	(void)snprintf(left, sizeof(left), "%s/left", path);
	UNIT_OK(bundle_make(path, &err), err);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	UNIT_OK(bundle_write(path, "left", "over", &err), err);
	UNIT_OK(bundle_make(path, &err), err);
	CU_ASSERT_EQUAL(stat(left, &st), -1);
	UNIT_OK(bundle_remove(path, &err), err);
	UNIT_OK(bundle_remove(path, &err), err);
	CU_ASSERT_EQUAL(stat(path, &st), -1);
}

static void exit_records(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct bundle_exit record = { 0 };

	UNIT_FAILS(bundle_read_exit(dir.path, "", &record, &err), ENOENT, err, "exit.json");
	UNIT_OK(bundle_write(
			dir.path, "exit.json",
			"{\"pid\":7,\"exit_status\":137,\"signal\":9,\"core\":false,"
			"\"oom\":true,\"oom_kills\":2,\"ours\":true,\"exited_at\":1790000000000000000}",
			&err),
		err);
	UNIT_OK(bundle_read_exit(dir.path, "", &record, &err), err);
	CU_ASSERT_EQUAL(record.exit_status, 137);
	CU_ASSERT_EQUAL(record.signal, 9);
	CU_ASSERT_TRUE(record.oom);
	CU_ASSERT_TRUE(record.ours);
	CU_ASSERT_EQUAL(record.exited_at, 1790000000000000000);
	UNIT_OK(bundle_write(dir.path, "exec-ab.json", "{\"exit_status\":\"3\"}", &err), err);
	UNIT_FAILS(bundle_read_exit(dir.path, "ab", &record, &err), EINVAL, err, "exec-ab.json");
	UNIT_OK(bundle_write(dir.path, "exit.json", "{\"exit_status\":1", &err), err);
	UNIT_FAILS(bundle_read_exit(dir.path, "", &record, &err), EINVAL, err, "exit.json");
	CU_ASSERT_EQUAL(record.exit_status, 137); /* untouched */
}

static void streams(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	char path[128];
	struct bundle_io io = { 0 };
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/b", dir.path);
	UNIT_OK(bundle_make(path, &err), err);
	UNIT_OK(bundle_make_io(path, "", false, false, true, false, "discard:", &io, &err), err);
	CU_ASSERT_STRING_EQUAL(io.in, "");
	CU_ASSERT_EQUAL(stat(io.out, &st), 0);
	CU_ASSERT_TRUE(S_ISFIFO(st.st_mode));
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_STRING_EQUAL(io.err, "discard:");
	bundle_remove_io(path, "");
	CU_ASSERT_EQUAL(stat(io.out, &st), -1);
	bundle_io_fini(&io);
	/* a terminal has one stream */
	UNIT_OK(bundle_make_io(path, "x", true, true, true, true, "discard:", &io, &err), err);
	CU_ASSERT_STRING_EQUAL(io.err, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(io.in, "/io/x-stdin"));
	bundle_io_fini(&io);
	/* one that is in the way: an error, and nothing half made */
	UNIT_FAILS(bundle_make_io(path, "x", false, true, true, true, "", &io, &err), EEXIST, err,
		   "x-stdin");
}

UNIT_MAIN("bundle", UNIT_TEST(leftovers_are_cleared), UNIT_TEST(exit_records), UNIT_TEST(streams))
